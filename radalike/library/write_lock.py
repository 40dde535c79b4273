"""One writer at a time: an ingest, an erasure or a remap holds the library's write lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from radalike.errors import LibraryBusy
from radalike.library.layout import Layout
from radalike.locks import Lock, LockHeld

BUSY = "wait until it has finished; searches are not affected"
"""The way out for whoever only adds."""


@contextmanager
def write_lock(layout: Layout, *, way_out: str) -> Iterator[None]:
    """Hold the lock. Raises LibraryBusy, which names the holder, with `way_out` as its hint."""
    try:
        lock = Lock.acquire(layout.ingest_lock)
    except LockHeld as exc:
        raise LibraryBusy(
            f"another process is writing to this library ({exc.holder})",
            hint=way_out,
            holder=exc.holder,
        ) from exc
    try:
        yield
    finally:
        lock.release()
