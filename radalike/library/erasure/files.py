"""Every file of a folder, and an error where there can be more: an erasure has to see them all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from radalike.errors import LibraryError


def every_file(root: Path, skipped: Path | None = None) -> Iterator[Path]:
    """Every regular file below `root`, one after the other, but for what is below `skipped`; links
    to folders are followed, once each. Raises LibraryError for a folder that cannot be read."""
    met = {_identity(root)}
    for folder, folders, names in os.walk(root, onerror=_refuse, followlinks=True):
        kept = []
        for each in folders:
            path = Path(folder, each)
            identity = _identity(path)
            if path != skipped and identity not in met:
                met.add(identity)
                kept.append(each)
        folders[:] = kept
        for name in names:
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _identity(folder: Path) -> tuple[int, int]:
    try:
        status = folder.stat()
    except OSError as exc:
        if isinstance(exc, FileNotFoundError):  # the walk says so, too, where it matters
            return (0, 0)
        raise cannot_be_searched(folder, exc) from exc
    return status.st_dev, status.st_ino


def _refuse(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):  # it is gone, and all in it
        raise cannot_be_searched(Path(error.filename), error) from error


def cannot_be_searched(path: Path, error: OSError) -> LibraryError:
    return LibraryError(
        f"{path} cannot be searched: {error.strerror}",
        hint="run it as the owner of all files of the library",
    )
