"""What a source lists, in batches: for the catalog to be asked about, and for people to read of."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from ingest.sources.source import SourceItem


def in_batches(items: Iterator[SourceItem | None], size: int) -> Iterator[list[SourceItem]]:
    """Full batches, and what there is when a live source has nothing more just now."""
    batch: list[SourceItem] = []
    for item in items:
        if item is not None:
            batch.append(item)
        if item is None or len(batch) == size:
            yield batch
            batch = []
    yield batch


class LiveBatches:
    """Where one batch of a live source ends and the next begins: when all that was listed has come
    to its end, and nothing more has come for `quiet` seconds. `seconds`: what the last one took,
    without the quiet."""

    def __init__(self, quiet: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._quiet = quiet
        self._clock = clock
        self._began: float | None = clock()
        self._changed = self._began
        self._seen = (0, 0)
        self._told = 0

    @property
    def seconds(self) -> float:
        return 0.0 if self._began is None else self._changed - self._began

    def over(self, listed: int, ended: int) -> bool:
        """Whether a batch has just ended: true once for each. `listed`, `ended`: files so far."""
        now = self._clock()
        if (listed, ended) != self._seen:
            if self._seen[0] == self._told:
                self._began = now
            self._seen, self._changed = (listed, ended), now
            return False
        if ended < listed or listed == self._told or now - self._changed < self._quiet:
            return False
        self._told = listed
        return True
