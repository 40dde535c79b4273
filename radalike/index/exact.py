"""Exact search: FAISS flat inner product over vectors in memory. The measure of the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from threading import Lock

import numpy as np

from radalike.filters import Filter
from radalike.index.backend import (
    Index,
    IndexInfo,
    IndexSpec,
    Points,
    Tuning,
    by_frequency,
    settled,
)
from radalike.index.columns import Columns, Mask
from radalike.records import Hit, Vectors
from radalike.vectors import check_unit


class ExactIndex(Index):
    """Holds every vector as float32, whatever the spec's storage: 4 bytes x dimension a point.
    Nothing is written to disk."""

    name = "exact"

    def __init__(self, spec: IndexSpec) -> None:
        self._spec = spec
        self._lock = Lock()
        self._set(Points((), np.empty((0, spec.dimension), dtype=np.float32), ()))

    @classmethod
    def of(cls, spec: IndexSpec, points: Sequence[Points]) -> ExactIndex:
        """An index of all `points`, which have distinct ids."""
        index = cls(spec)
        if points:
            index._set(_joined(points))
        return index

    def _set(self, points: Points) -> None:
        import faiss

        flat = faiss.IndexFlatIP(self._spec.dimension)
        if len(points.ids):
            flat.add(np.ascontiguousarray(points.vectors, dtype=np.float32))
        # One reference is swapped, so a search in another thread sees the old or the new whole.
        self._state = (points, flat, Columns(points.ids, points.payloads))

    def upsert(self, points: Points) -> None:
        check_unit(points.vectors)
        with self._lock:
            kept = self._without(set(points.ids))
            latest = {point: row for row, point in enumerate(points.ids)}
            rows = sorted(latest.values())
            added = Points(
                [points.ids[row] for row in rows],
                points.vectors[rows],
                [points.payloads[row] for row in rows],
            )
            self._set(_joined([kept, added]))

    def delete(self, ids: Sequence[str]) -> None:
        with self._lock:
            self._set(self._without(set(ids)))

    def _without(self, ids: set[str]) -> Points:
        points = self._state[0]
        keep = [row for row, point in enumerate(points.ids) if point not in ids]
        if len(keep) == len(points.ids):
            return points
        return _taken(points, keep)

    def query_batch(
        self, vectors: Vectors, limit: int, condition: Filter | None = None
    ) -> list[tuple[Hit, ...]]:
        import faiss

        points, flat, columns = self._state
        parameters, size = None, len(points.ids)
        if condition is not None:
            mask = columns.mask(condition)
            size = int(mask.sum())
            packed = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(mask), faiss.swig_ptr(packed))
            parameters = faiss.SearchParameters(sel=selector)
        if size == 0:
            return [() for _ in vectors]
        queries = np.ascontiguousarray(vectors, dtype=np.float32)

        def fetch(query: Vectors, wanted: int) -> list[Hit]:
            scores, rows = flat.search(query[None, :], min(wanted, size), params=parameters)
            return [
                Hit(points.ids[row], score, points.payloads[row])
                for score, row in zip(scores[0].tolist(), rows[0].tolist(), strict=True)
                if row >= 0
            ]

        return [settled(partial(fetch, query), limit) for query in queries]

    def tuned(self, tuning: Tuning) -> ExactIndex:
        """Itself."""
        return self

    def _mask(self, condition: Filter | None) -> Mask | None:
        return None if condition is None else self._state[2].mask(condition)

    def facet(self, name: str, condition: Filter | None = None) -> dict[str, int]:
        counts = self._state[2].column(name).counts(self._mask(condition))
        return by_frequency({str(value): count for value, count in counts.items()})

    def count(self, condition: Filter | None = None) -> int:
        mask = self._mask(condition)
        return len(self._state[0].ids) if mask is None else int(mask.sum())

    def scroll(self, condition: Filter | None = None, page: int = 256) -> Iterator[Points]:
        points = self._state[0]
        mask = self._mask(condition)
        rows = np.arange(len(points.ids)) if mask is None else np.flatnonzero(mask)
        for start in range(0, len(rows), page):
            yield _taken(points, rows[start : start + page].tolist())

    def retrieve(self, ids: Sequence[str]) -> Points:
        points = self._state[0]
        places = {point: row for row, point in enumerate(points.ids)}
        return _taken(points, [places[point] for point in ids if point in places])

    def flush(self) -> None:
        """Nothing to do: the parts are the durable form."""

    def optimize(self) -> None:
        """Nothing to do: every search reads every vector."""

    def info(self) -> IndexInfo:
        size = len(self._state[0].ids)
        return IndexInfo(self.name, points=size, indexed=size, segments=1)

    def close(self) -> None:
        self._set(Points((), np.empty((0, self._spec.dimension), dtype=np.float32), ()))


def _taken(points: Points, rows: list[int]) -> Points:
    return Points(
        [points.ids[row] for row in rows],
        points.vectors[rows],
        [points.payloads[row] for row in rows],
    )


def _joined(points: Sequence[Points]) -> Points:
    return Points(
        [point for each in points for point in each.ids],
        np.concatenate([each.vectors for each in points]),
        [payload for each in points for payload in each.payloads],
    )
