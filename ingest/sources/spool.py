"""What a receiver has spooled: a live source that empties the spool as the library settles it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import nsmallest
from threading import Event
from typing import TYPE_CHECKING, TypeAlias

from ingest.sources.source import Source, SourceItem
from radalike.errors import UsageError

if TYPE_CHECKING:
    from ingest.receiver.spool import Spool

_LISTED = 1024  # files that are held in memory of one look at the folder
_POLL_SECONDS = 0.5
_SETTLE_SECONDS = 1.0

Settled: TypeAlias = Callable[[Sequence[str]], Mapping[str, str]]
"""The outcome (added, known, skipped, rejected) of each uri that the catalog has settled."""


class SpoolSource(Source):
    """The files of `spool`, by name, and what comes later by and by. A file leaves the spool only
    when the catalog has committed its outcome: a kill between the two loses nothing.

    It ends when `stop` is set, or when nothing new came for `quiet_seconds`. What was rejected
    before is set aside at once, without being read again.
    """

    name = "spool"

    def __init__(
        self,
        spool: Spool,
        dataset: str,
        settled: Settled,
        stop: Event,
        *,
        quiet_seconds: float = float("inf"),
    ) -> None:
        self._spool = spool
        self._dataset = dataset
        self._settled = settled
        self._stop = stop
        self._quiet_seconds = quiet_seconds
        self._listed: set[str] = set()
        self.outcomes: Counter[str] = Counter()

    def items(self) -> Iterator[SourceItem | None]:
        """Raises UsageError when there is no spool."""
        self._listed.clear()
        after, last_new, last_settled = "", time.monotonic(), time.monotonic()
        while not self._stop.is_set():
            names = self._next(after)
            # A look that was not filled has seen the end of the folder: the next begins anew.
            after = names[-1] if len(names) == _LISTED else ""
            before = self._settle(names)
            for name in names:
                if name not in before and (item := self._item(name)) is not None:
                    self._listed.add(name)
                    yield item
            yield None
            now = time.monotonic()
            if self._listed and now - last_settled >= _SETTLE_SECONDS:
                self.settle()
                last_settled = now
            if names:
                last_new = now
            elif now - last_new >= self._quiet_seconds:
                return
            else:
                self._stop.wait(_POLL_SECONDS)

    def settle(self) -> None:
        """Take what the catalog has settled out of the spool."""
        self._listed -= self._settle(sorted(self._listed))

    def _next(self, after: str) -> list[str]:
        try:
            names = self._spool.names()
            fresh = (name for name in names if name > after and name not in self._listed)
            return nsmallest(_LISTED, fresh)
        except OSError as exc:
            raise UsageError(
                f"the spool cannot be read: {exc.strerror}",
                hint="`radalike listen` makes it; check the library's permissions",
            ) from exc

    def _settle(self, names: Sequence[str]) -> set[str]:
        """The names among `names` that are settled, after they have left the spool."""
        outcomes = self._settled(list(map(_uri, names))) if names else {}
        done = {name: outcomes[_uri(name)] for name in names if _uri(name) in outcomes}
        for name, outcome in done.items():
            if outcome == "rejected":
                self._spool.set_aside(name)
            else:
                self._spool.delete(name)
        self.outcomes.update(done.values())
        return set(done)

    def _item(self, name: str) -> SourceItem | None:
        path = self._spool.incoming / name
        try:
            size = path.stat().st_size
        except FileNotFoundError:  # erased since it was listed
            return None
        # The name is the content's hash: when the same content came again says nothing.
        return SourceItem(_uri(name), path, size, 0, self._dataset)


def uri_of(content: str) -> str:
    """Of what was received with this SHA-256, wherever it is kept."""
    return f"spool:{content}"


def _uri(name: str) -> str:
    return uri_of(name.removesuffix(".dcm"))
