"""Running items through a pool of decoding processes, within a time."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread

from ingest.decoding.messages import Outcome
from ingest.decoding.pool import DecodePool, DecodeSettings
from ingest.sources.source import Content, SourceItem
from radalike.imaging.preprocessing import Preprocessing

PREPROCESSING = Preprocessing(size=224, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
USUAL = DecodeSettings(memory_mib=1024, seconds=30.0, frames=16)


def item(content: Content, name: str = "") -> SourceItem:
    uri = name or str(content)
    return SourceItem(uri, content, 0, 0, "local", claims_image=True)


def decoded(
    items: Sequence[SourceItem],
    *,
    limits: DecodeSettings = USUAL,
    processes: int = 2,
    within: float = 60.0,
    meanwhile: Callable[[], None] = lambda: None,
) -> list[tuple[str, Outcome]]:
    """(uri, outcome) of each of `items`, as they came; `meanwhile` runs once all are on the way.

    Fails when they have not all come `within` seconds.
    """
    pool = DecodePool(processes, PREPROCESSING, limits)
    results: list[tuple[str, Outcome]] = []

    def submit() -> None:
        for each in items:
            pool.submit(each)

    with pool:
        Thread(target=submit, daemon=True).start()
        meanwhile()
        deadline = time.monotonic() + within
        while len(results) < len(items) and time.monotonic() < deadline:
            taken = pool.take()
            if taken is not None:
                results.append((taken[0].uri, taken[1]))
        if len(results) < len(items):
            for process in workers():  # a pool that hangs would hang the test, too
                os.kill(process, signal.SIGKILL)
        else:
            assert pool.take() is None
    assert len(results) == len(items), f"only {len(results)} of {len(items)} in {within} s"
    return results


def workers() -> list[int]:
    """The decoding processes that this process has."""
    return [process for server in servers() for process in _children(server)]


def servers() -> list[int]:
    """Those of which they are forks."""
    return [process for process in _children(os.getpid()) if "worker" in _command(process)]


def _children(parent: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, its_parent = status.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it has ended meanwhile
            continue
        if int(its_parent) == parent and state != "Z":
            found.append(int(status.parent.name))
    return found


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return ""


def resident_mib(process: int) -> float:
    """Memory that `process` has in RAM, 0 when it has ended."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
