"""Whether the built index still finds what exact search finds: some stored vectors ask both.

Exact search reads one part after the other, so memory holds one part and the best scores so far.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from radalike.catalog.store import Part
from radalike.embeddings.parts import EmbeddingChunk, read_part
from radalike.errors import IndexUnavailable
from radalike.library.checking import Finding
from radalike.library.search.collapse import Contents
from radalike.library.vectors.sampling import sampled
from radalike.records import Hit, Vectors

if TYPE_CHECKING:
    from radalike.library.library import Library

LEAST_RECALL = 0.98
_TIE = 1e-5
"""Scores that differ by less are the same: they are sums of float32 in two orders."""

Ask = Callable[[Vectors, int], Sequence[Hit]]


@dataclass(frozen=True, slots=True)
class Canary:
    """recall: mean over `queries` of the share of the `limit` nearest that the index finds; a hit
    that is as near as the last of them is right. worst: the id of the query with the lowest recall,
    `worst_recall`. index_ms, exact_ms: a query, on average."""

    backend: str
    queries: int
    limit: int
    recall: float
    worst: str
    worst_recall: float
    index_ms: float
    exact_ms: float

    def findings(self) -> list[Finding]:
        """What is wrong, if it finds too little."""
        if self.recall >= LEAST_RECALL:
            return []
        problem = (
            f"finds {self.recall:.3f} of the {self.limit} nearest, less than {LEAST_RECALL} "
            f"({self.queries} images asked, the worst {self.worst_recall:.2f})"
        )
        return [Finding("index", problem, "`radalike index build --full`")]


def canary(library: Library, queries: int = 50, limit: int = 10, seed: int = 0) -> Canary:
    """Ask the built index for the neighbours of `queries` stored vectors, the same for each `seed`;
    a vector's own point does not count.

    Raises IndexUnavailable when nothing is built, IndexBusy when another process has it open,
    CorruptPart.
    """
    with _built(library) as (backend, ask, parts):
        chunk = sampled(library.layout.embeddings(library.fingerprint), parts, queries, seed)
        started = time.perf_counter()
        answers = [ask(vector, limit + 1) for vector in chunk.vectors]
        asked = time.perf_counter()
    found = [
        [hit for hit in hits if hit.id != own][:limit]
        for own, hits in zip(chunk.ids, answers, strict=True)
    ]
    truth = _Truth(chunk, found, limit)
    for part in parts:
        truth.read(read_part(library.layout.embeddings(part.fingerprint) / part.name))
    ended = time.perf_counter()
    recalls = truth.recalls(library.catalog.contents)
    worst = int(np.argmin(recalls))
    each = 1000 / len(chunk.ids)
    return Canary(
        backend=backend,
        queries=len(chunk.ids),
        limit=limit,
        recall=float(np.mean(recalls)),
        worst=chunk.ids[worst],
        worst_recall=recalls[worst],
        index_ms=round((asked - started) * each, 3),
        exact_ms=round((ended - asked) * each, 3),
    )


@contextmanager
def _built(library: Library) -> Iterator[tuple[str, Ask, list[Part]]]:
    """The index that searches go to, and the parts it answers for: the one that this library has
    open, which is with the parts it does not hold, or else the built one alone."""
    from radalike.library.indexing.opening import open_built

    parts = library.catalog.parts(library.fingerprint)
    if "searcher" in vars(library) and parts:
        yield library.searcher.backend, library.searcher.query, parts
        return
    built = open_built(library, "")
    held = [part for part in parts if built is not None and part.name in built.parts]
    if built is None or not held:
        raise IndexUnavailable("there is no built index to check", hint="`radalike index build`")
    try:
        yield built.index.name, built.index.query, held
    finally:
        built.index.close()


class _Truth:
    """The best scores of each query among the parts that were read, and those of what was found."""

    def __init__(self, chunk: EmbeddingChunk, found: list[list[Hit]], limit: int) -> None:
        self._chunk = chunk
        self._found = found
        self._limit = limit
        self._best = np.full((len(chunk.ids), limit), -np.inf, dtype=np.float32)
        self._scores: list[dict[str, float]] = [{} for _ in found]

    def read(self, part: EmbeddingChunk) -> None:
        scores = self._chunk.vectors @ part.vectors.T  # (queries, rows)
        places = {image: row for row, image in enumerate(part.ids)}
        for query, own in enumerate(self._chunk.ids):
            for hit in self._found[query]:
                if hit.id in places:
                    self._scores[query][hit.id] = float(scores[query, places[hit.id]])
            if own in places:
                scores[query, places[own]] = -np.inf
        together = np.concatenate([self._best, scores], axis=1)
        self._best = np.partition(together, -self._limit, axis=1)[:, -self._limit :]

    def recalls(self, still_there: Contents) -> list[float]:
        """Of each query. What was found and is in no part was committed meanwhile, or is an image
        that has been erased, which is wrong."""
        return [
            self._recall(best, hits, scores, still_there)
            for best, hits, scores in zip(self._best, self._found, self._scores, strict=True)
        ]

    @staticmethod
    def _recall(
        best: Vectors, hits: list[Hit], scores: dict[str, float], still_there: Contents
    ) -> float:
        nearest = best[np.isfinite(best)]
        if not len(nearest):
            return 1.0
        unread = [hit.id for hit in hits if hit.id not in scores]
        newer = still_there(unread) if unread else {}
        scored = [scores.get(hit.id, hit.score) for hit in hits if hit.id in {**scores, **newer}]
        right = sum(score >= nearest.min() - _TIE for score in scored)
        return min(1.0, float(right / len(nearest)))
