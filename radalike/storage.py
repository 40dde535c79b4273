"""Durable writing: a full disk by its name, and renames that survive a power cut."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from radalike.errors import StorageDenied, StorageFull, UsageError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def storage_errors() -> Iterator[None]:
    """A full disk, and a place of ours that nobody lets us write to, by their names: StorageFull
    and StorageDenied instead of OSError."""
    try:
        yield
    except OSError as exc:
        _raise_if_full(exc)
        if exc.errno in _DENIED:
            place = exc.filename or "a file of the library"
            raise StorageDenied(
                f"{place} cannot be written: {exc.strerror}",
                hint="check who owns it, and its permissions",
            ) from exc
        raise


@contextmanager
def export_errors(path: Path) -> Iterator[None]:
    """A place of the user's that cannot be written as UsageError, a full disk by its name."""
    try:
        yield
    except OSError as exc:
        _raise_if_full(exc)
        raise UsageError(
            f"{path} cannot be written: {exc.strerror or exc}",
            hint="check the folder and its permissions",
        ) from exc


@contextmanager
def replaced(path: Path, *, mode: int = 0o666, synced: bool = True) -> Iterator[Path]:
    """A new file to write beside `path`: it takes its place at once when the block ends well, so
    that nobody sees half of it, and is gone when it does not. synced: it is on the disk when this
    ends. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
    try:
        yield temporary
        if synced:
            _sync(temporary)
        temporary.replace(path)
        if synced:
            sync_folder(path.parent)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def replacing(path: Path, *, mode: int = 0o666, synced: bool = True) -> Iterator[BinaryIO]:
    """`replaced`, opened to write bytes."""
    with replaced(path, mode=mode, synced=synced) as temporary, temporary.open("wb") as file:
        yield file


def replace_text(path: Path, text: str, *, synced: bool = False) -> None:
    """Make `text` the content of `path`, in UTF-8. Not synced: for what is written again soon.
    Raises OSError."""
    with replacing(path, synced=synced) as file:
        file.write(text.encode())


@contextmanager
def exported_file(path: Path, *, private: bool) -> Iterator[BinaryIO]:
    """`replacing` a file where the user says. private: only its owner can read it.

    Raises UsageError for a place that cannot be written, StorageFull.
    """
    if not path.name:
        raise UsageError("a file without a name", hint="say where it is to be written")
    with export_errors(path), replacing(path, mode=0o600 if private else 0o666) as file:
        yield file


def sync_folder(folder: Path) -> None:
    """Make renames inside `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _raise_if_full(exc: OSError) -> None:
    if exc.errno in _FULL or (isinstance(exc, shutil.Error) and _says_full(exc)):
        raise StorageFull(
            "no room left to write",
            hint="free some space and run the same command again; what was committed is safe",
        ) from exc


def _says_full(exc: shutil.Error) -> bool:
    """Copying a tree collects the errors of its files as texts."""
    return any(os.strerror(number) in str(exc) for number in _FULL)
