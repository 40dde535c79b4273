"""File locks that name their holder. The operating system releases them when a process dies."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from filelock import FileLock, Timeout

from radalike.storage import storage_errors


class LockHeld(Exception):
    """Another process (or object) has the lock; `holder` says which process."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


class Lock:
    """An exclusive lock on `path`, held until `release`."""

    def __init__(self, lock: FileLock, note: Path) -> None:
        self._lock = lock
        self._note = note

    @classmethod
    def acquire(cls, path: Path, *, wait: float = 0.0) -> Lock:
        """Take the lock, or raise LockHeld when it is not free within `wait` seconds. Raises
        StorageFull, StorageDenied."""
        lock, note = FileLock(path, thread_local=False), path.with_name(path.name + ".holder")
        try:
            with storage_errors():
                lock.acquire(timeout=wait)
        except Timeout as exc:
            raise LockHeld(_holder(note)) from exc
        try:
            with storage_errors():
                note.write_text(f"process {os.getpid()} on {socket.gethostname()}, {_program()}")
        except BaseException:
            lock.release()
            raise
        return cls(lock, note)

    @staticmethod
    def is_held(path: Path) -> bool:
        """Whether somebody has the lock just now. For that it is taken for a moment, if it is free;
        nothing is there afterwards that was not before."""
        if not path.exists():
            return False
        probe = FileLock(path, thread_local=False)
        try:
            probe.acquire(timeout=0)
        except Timeout:
            return True
        probe.release()
        return False

    def release(self) -> None:
        self._note.unlink(missing_ok=True)
        self._lock.release()


def _program() -> str:
    """The program and its sub-command: never its arguments, which may be paths of patients."""
    words = [Path(sys.argv[0]).name, *sys.argv[1:2]]
    return " ".join(word for word in words if word and "/" not in word) or "python"


def _holder(note: Path) -> str:
    try:
        return note.read_text() or "a process that is just starting"
    except OSError:  # between its lock and its note
        return "a process that is just starting"
