"""Where what is fetched lies until it is decoded: a folder for each run."""

from __future__ import annotations

import secrets
import shutil
import weakref
from pathlib import Path

from filelock import FileLock, Timeout

from radalike.storage import storage_errors


class RunFolder:
    """A new folder in `spool` that goes when nobody has this object any more.

    What killed runs have left, whose locks nobody holds, is removed. Raises StorageFull.
    """

    def __init__(self, spool: Path) -> None:
        with storage_errors():
            for folder in (spool.parent, spool):
                folder.mkdir(exist_ok=True, mode=0o700)
            for lock_file in spool.glob("*.lock"):
                _remove_if_left(lock_file)
            self.path = spool / secrets.token_hex(8)
            lock = FileLock(self.path.with_suffix(".lock"), thread_local=False)
            lock.acquire(timeout=0)
            self.path.mkdir(mode=0o700)
        weakref.finalize(self, _remove, self.path, lock)


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
