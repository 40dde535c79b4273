"""Where what is fetched lies until it is decoded: a folder for each run."""

from __future__ import annotations

import secrets
import shutil
import weakref
from pathlib import Path

from filelock import FileLock, Timeout

from radalike.storage import storage_errors


class RunFolder:
    """A new folder in `parent`, gone when nobody has this object any more. Raises StorageFull."""

    def __init__(self, parent: Path) -> None:
        with storage_errors():
            for folder in (parent.parent, parent):
                folder.mkdir(exist_ok=True, mode=0o700)
            self.path = parent / secrets.token_hex(8)
            lock = FileLock(self.path.with_suffix(".lock"), thread_local=False)
            lock.acquire(timeout=0)
            self.path.mkdir(mode=0o700)
        weakref.finalize(self, _remove, self.path, lock)


def sweep_run_folders(parent: Path) -> None:
    """Remove what killed runs have left, whose locks nobody holds."""
    for lock_file in parent.glob("*.lock"):
        _remove_if_left(lock_file)


def _remove_if_left(lock_file: Path) -> None:
    lock = FileLock(lock_file, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return
    _remove(lock_file.with_suffix(""), lock)


def _remove(folder: Path, lock: FileLock) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
