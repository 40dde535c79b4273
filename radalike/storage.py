"""Durable writing: a full disk by its name, and renames that survive a power cut."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from radalike.errors import StorageFull

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def storage_errors() -> Iterator[None]:
    """A full disk by its name."""
    try:
        yield
    except OSError as exc:
        if exc.errno in _FULL or (isinstance(exc, shutil.Error) and _says_full(exc)):
            raise StorageFull(
                "no room left to write to the library",
                hint="free some space and run the same command again; what was committed is safe",
            ) from exc
        raise


def replace_text(path: Path, text: str) -> None:
    """Make `text` the content of `path` at once, so that no reader sees half of it. Not synced: for
    what is written again soon. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        temporary.write_text(text)
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise


def sync_folder(folder: Path) -> None:
    """Make renames inside `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _says_full(exc: shutil.Error) -> bool:
    """Copying a tree collects the errors of its files as texts."""
    return any(os.strerror(number) in str(exc) for number in _FULL)
