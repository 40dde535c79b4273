"""Durable writing: a full disk by its name, and renames that survive a power cut."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from radalike.errors import StorageFull, UsageError

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


@contextmanager
def exported_file(path: Path, *, private: bool) -> Iterator[BinaryIO]:
    """A file where the user says, that takes its place when it is whole; one that is there is
    replaced. private: only its owner can read it. Raises UsageError for a place that cannot be
    written, StorageFull."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    mode = 0o600 if private else 0o666
    with export_errors(path):
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with open(descriptor, "wb") as file:
                yield file
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def export_errors(path: Path) -> Iterator[None]:
    """A place that cannot be written as UsageError, a full disk by its name."""
    try:
        with storage_errors():
            yield
    except OSError as exc:
        raise UsageError(
            f"{path} cannot be written: {exc.strerror}", hint="check the folder and its permissions"
        ) from exc


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
