"""What searches run on: the built index, and exact search over the parts it does not hold yet.

So an image is found as soon as its part is committed, whether an index has been built since or
not; and a search works when the embedded index is open elsewhere, or was never built.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

from radalike.catalog.store import Catalog, Part
from radalike.errors import CorruptPart, IndexBusy, IndexUnavailable, RadalikeError
from radalike.filters import Filter
from radalike.index.backend import Index, IndexSpec, Points, by_frequency
from radalike.index.exact import ExactIndex
from radalike.records import Hit, Vectors

_STALE_SECONDS = 1.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Built:
    """An open built index, the parts it holds, and a name that changes with its content."""

    index: Index
    parts: frozenset[str]
    version: str


@dataclass(frozen=True, slots=True)
class _State:
    built: Built | None = None
    tail: ExactIndex | None = None
    names: frozenset[str] = frozenset()
    pending: int = 0
    points: dict[str, Points] = field(default_factory=dict)


class Searcher:
    """`open_built(version)` opens the newest built index, or gives None when `version` is the
    newest; it raises IndexBusy or IndexUnavailable. `load` reads one part."""

    def __init__(
        self,
        catalog: Catalog,
        spec: IndexSpec,
        *,
        open_built: Callable[[str], Built | None],
        load: Callable[[Part], Points],
    ) -> None:
        self._catalog = catalog
        self._spec = spec
        self._open_built = open_built
        self._load = load
        self._state = _State()
        self._refreshing = Lock()
        self._refreshed_at = float("-inf")
        self._stop: Event | None = None
        # Closed one refresh later: another thread may still be searching it.
        self._retired: Index | None = None

    # -- answers -------------------------------------------------------------------------------

    @property
    def backend(self) -> str:
        """The engine that answers; `exact` while there is no built index to open."""
        built = self._current().built
        return built.index.name if built else ExactIndex.name

    @property
    def pending(self) -> int:
        """Rows that are searched exactly because the built index does not hold them."""
        return self._current().pending

    def query(
        self, vector: Vectors, limit: int, condition: Filter | None = None
    ) -> tuple[Hit, ...]:
        state = self._current()
        hits: list[Hit] = []
        for index in self._indexes(state):
            hits.extend(index.query(vector, limit, condition))
        hits.sort(key=lambda hit: (-hit.score, hit.id))
        return tuple(hits[:limit])

    def facet(self, name: str, condition: Filter | None = None) -> dict[str, int]:
        counts: dict[str, int] = {}
        for index in self._indexes(self._current()):
            for value, count in index.facet(name, condition).items():
                counts[value] = counts.get(value, 0) + count
        return by_frequency(counts)

    def count(self, condition: Filter | None = None) -> int:
        return sum(index.count(condition) for index in self._indexes(self._current()))

    @staticmethod
    def _indexes(state: _State) -> list[Index]:
        built = [state.built.index] if state.built else []
        return built + ([state.tail] if state.tail else [])

    # -- keeping up ------------------------------------------------------------------------------

    def follow(self, seconds: float = 2.0) -> None:
        """Keep up from a thread of its own, so that no search ever waits for a refresh."""
        if self._stop is None:
            self.refresh()
            self._stop = Event()
            Thread(target=self._follow, args=(self._stop, seconds), daemon=True).start()

    def _follow(self, stop: Event, seconds: float) -> None:
        while not stop.wait(seconds):
            try:
                self.refresh()
            except RadalikeError as exc:  # searches go on with what is open; it is tried again
                _log.warning("the library cannot be followed just now: %s", exc)

    def _current(self) -> _State:
        if self._stop is None and time.monotonic() - self._refreshed_at > _STALE_SECONDS:
            self.refresh()
        return self._state

    def refresh(self) -> None:
        """Open what has been built, and load what has been committed, since the last time."""
        first = self._refreshed_at == float("-inf")
        if not self._refreshing.acquire(blocking=first):
            return
        try:
            if first and self._refreshed_at != float("-inf"):
                return  # another thread has just done it
            self._state = self._renewed(self._state)
            self._refreshed_at = time.monotonic()
        finally:
            self._refreshing.release()

    def _renewed(self, old: _State) -> _State:
        built = old.built
        if self._retired is not None:
            self._retired.close()
            self._retired = None
        try:
            newer = self._open_built(built.version if built else "")
        except (IndexBusy, IndexUnavailable):
            newer = None  # what is not in an index that can be opened is searched exactly
        if newer is not None:
            self._retired = built.index if built is not None else None
            built = newer
            # What is known of the other parts may be older than it: a remap rebuilds the index.
            old = _State(built=old.built)
        return self._with_tail(built, old)

    def _with_tail(self, built: Built | None, old: _State) -> _State:
        parts = self._catalog.parts(self._spec.fingerprint)
        if built is not None and not built.parts <= {part.name for part in parts}:
            # Something in it has been erased since it was built.
            if built is old.built:
                self._retired = built.index
            else:
                built.index.close()
            built = None
        held = built.parts if built else frozenset()
        tail = [part for part in parts if part.name not in held]
        names = frozenset(part.name for part in tail)
        if names == old.names:
            return _State(built, old.tail, names, old.pending, old.points)
        try:
            points = {part.name: old.points.get(part.name) or self._load(part) for part in tail}
        except CorruptPart:
            if set(parts) <= set(self._catalog.parts(self._spec.fingerprint)):
                raise
            return self._with_tail(built, old)  # rewritten by an erasure while it was read
        index = ExactIndex.of(self._spec, list(points.values())) if points else None
        return _State(built, index, names, sum(part.rows for part in tail), points)

    def close(self) -> None:
        if self._stop is not None:
            self._stop.set()
        with self._refreshing:
            for index in (self._retired, self._state.built.index if self._state.built else None):
                if index is not None:
                    index.close()
            self._retired = None
            self._state = _State()
