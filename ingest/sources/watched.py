"""A folder tree that files land in: each is given once nothing changes about it any more."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

from ingest.sources.source import Source, SourceItem
from radalike.errors import UsageError

_log = logging.getLogger(__name__)

_LEAST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds between two listings
_REST = 10  # times as long as a listing took: a large tree costs a tenth of a core


class WatchedSource(Source):
    """A live source: `tree` is listed again and again until `stop` is set.

    An item is given when its size and time of change have been the same for `settle` seconds, and
    again when they change later: who writes more slowly than that is read twice, never lost. What
    vanishes before is never given.

    Of each file only a hash is held (100 to 150 bytes), of one that is not settled also a time.
    """

    name = "watch"

    def __init__(self, tree: Source, *, settle: float, stop: Event) -> None:
        self._tree = tree
        self._settle = settle
        self._stop = stop
        self._given: set[int] = set()
        self._unsettled: dict[int, float] = {}  # when each was first seen as it is

    def items(self) -> Iterator[SourceItem | None]:
        """Raises UsageError when the tree cannot be listed at the beginning."""
        listed_once = False
        while not self._stop.is_set():
            took = 0.0
            try:
                listing = self._list()
                while True:
                    started = time.monotonic()
                    item = next(listing, None)
                    took += time.monotonic() - started  # not what the items' taker does with them
                    if item is None:
                        break
                    yield item
                listed_once = True
            except UsageError as exc:
                if not listed_once:
                    raise
                _log.warning("the watched folder is out of reach just now (%s)", type(exc).__name__)
            yield None
            self._stop.wait(min(max(_LEAST_PAUSE, _REST * took), _LONGEST_PAUSE))

    def _list(self) -> Iterator[SourceItem]:
        """What has settled since the last listing. Only a whole listing changes what is known, so
        that nothing is given twice because a disk was away."""
        given: set[int] = set()
        unsettled: dict[int, float] = {}
        for item in self._tree.items():
            if self._stop.is_set():
                return
            if item is None:
                continue
            state = _state(item)
            if state in self._given:
                given.add(state)
                continue
            now = time.monotonic()
            since = self._unsettled.get(state, now)
            if now - since >= self._settle:
                self._given.add(state)
                given.add(state)
                yield item
            else:
                unsettled[state] = since
        self._given, self._unsettled = given, unsettled


def _state(item: SourceItem) -> int:
    """A hash that changes with what is seen of the file; of one with a problem, with the file's
    own size and time (an archive that is still being written has no directory)."""
    size, modified = item.size, item.modified_ns
    if item.problem is not None and isinstance(item.content, Path):
        try:
            status = item.content.lstat()
            size, modified = status.st_size, status.st_mtime_ns
        except OSError:  # gone: a new state when it comes back
            size, modified = -1, -1
    return hash((item.uri, size, modified, item.problem))
