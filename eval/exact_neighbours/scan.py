"""A block of queries against chunks of the index, by products that stay in the cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from eval.exact_neighbours.candidates import (
    Keys,
    Positions,
    Scores32,
    floor_below,
    floor_of,
    keys_of,
    known_keys,
    prune,
)
from eval.exact_neighbours.neighbours import Neighbours, Scores
from eval.exact_neighbours.rescoring import Chunk, bring_in
from radalike.records import Vectors

if TYPE_CHECKING:
    import torch

LEAST_ROWS, MOST_ROWS, AREA = 1024, 1 << 14, 1 << 20
"""Rows of a product: as many as give AREA scores, within these limits."""

FIRST_ROWS = 4096
"""Rows of the first product, when nothing is known yet: the best of them set the floor."""

SPARE = 8
"""Least number of the best among the first that a query may exclude without being slowed."""

SEGMENT = 64
"""Rows of which only the greatest score is compared, as long as it is below the floor."""

MOST_KEYS = 1 << 21
"""Candidates held at most, give or take those of one product: 16 MB."""

Excluded: TypeAlias = Callable[[Positions, Positions], npt.NDArray[np.bool_]]
"""Whether each pair of a query of the block and a position in the chunks must not match."""


def scan(
    known: Neighbours,
    queries: torch.Tensor,
    chunks: Sequence[Chunk],
    vectors: Sequence[torch.Tensor],
    tolerance: Scores,
    excluded: Excluded | None,
) -> Neighbours:
    """The best of `known` and of the chunks, whose `vectors` are given as tensors as well.

    tolerance: how far a float32 inner product can be from the true one, float64, (queries,).
    """
    import torch

    candidates = _Candidates(known, queries.numpy(), chunks, tolerance)
    usual = min(max(AREA // len(queries), LEAST_ROWS), MOST_ROWS)
    size = usual if np.isfinite(candidates.floor).all() else max(usual, FIRST_ROWS)
    buffer = torch.empty(len(queries) * size)
    first = 0
    for some in vectors:
        start = 0
        while start < len(some):
            size = min(size, len(some) - start)
            size -= size % SEGMENT if size > SEGMENT else 0
            scores = buffer[: len(queries) * size].view(len(queries), size)
            torch.matmul(queries, some[start : start + size].T, out=scores)
            segments = scores.view(len(queries), -1, min(size, SEGMENT))
            greatest = torch.amax(segments, dim=2)
            product = _Product(segments.numpy(), greatest.numpy(), first + start, excluded)
            candidates.add(product)
            start += size
            size = usual
        first += start
    return candidates.settled()


@dataclass(frozen=True, slots=True)
class _Product:
    """Scores of the rows that begin at `start`, float32, (queries, segments, rows of one)."""

    scores: Scores32
    greatest: Scores32
    start: int
    excluded: Excluded | None

    def above(self, floor: Scores32) -> tuple[Positions, Scores32, Positions]:
        """The allowed pairs with a score at or above their query's floor, (queries,): queries,
        scores and rows."""
        _, per_query, size = self.scores.shape
        worth = np.flatnonzero(self.greatest >= floor[:, None])
        asking, segment = np.divmod(worth, per_query)
        near = self.scores.reshape(-1, size)[worth]
        places = np.flatnonzero(near >= floor[asking, None])
        line, column = np.divmod(places, size)
        asking, near = asking[line], near.ravel()[places]
        rows = self.start + segment[line] * size + column
        if self.excluded is None:
            return asking, near, rows
        allowed = ~self.excluded(asking, rows)
        return asking[allowed], near[allowed], rows[allowed]

    def best(self, n: int) -> Scores32:
        """The n-th best score of each query, -inf where there are fewer."""
        scores = self.scores.reshape(len(self.scores), -1)
        size = scores.shape[1]
        if size < n:
            return np.full(len(scores), -np.inf, dtype=np.float32)
        return np.asarray(np.partition(scores, size - n, axis=1)[:, size - n])


class _Candidates:
    """The candidates of a scan so far, and the neighbours that are settled."""

    def __init__(
        self, known: Neighbours, queries: Vectors, chunks: Sequence[Chunk], tolerance: Scores
    ) -> None:
        self._known = known
        self._queries = queries
        self._chunks = chunks
        self._tolerance = tolerance
        self._begin()

    def _begin(self) -> None:
        self._pruned = known_keys(self._known.scores, self._tolerance)
        self._fresh: list[Keys] = []
        self.floor = floor_of(self._known.scores, self._tolerance)

    def add(self, product: _Product) -> None:
        if product.start or np.isfinite(self.floor).all():
            self._fresh.append(keys_of(*product.above(self.floor)))
        else:
            self._start(product)
        if 2 * sum(map(len, self._fresh)) > self._known.scores.size:
            self._prune()
        if len(self._pruned) > MOST_KEYS:
            self.settled()

    def _start(self, product: _Product) -> None:
        """Without a floor all rows would be candidates: only the best are, a few more than k, but
        for the queries that may match fewer than k of those."""
        k = self._known.scores.shape[1]
        floor = np.maximum(
            self.floor, floor_below(product.best(k + k // 4 + SPARE), self._tolerance)
        )
        asking, scores, rows = product.above(floor)
        short = np.bincount(asking, minlength=len(floor)) < k
        if short.any():
            floor[short] = self.floor[short]
            asking, scores, rows = product.above(floor)
        self._fresh.append(keys_of(asking, scores, rows))
        self._prune()

    def settled(self) -> Neighbours:
        """The best of what was known and of all candidates; there are none then."""
        self._prune()
        self._known = bring_in(
            self._pruned, self._known, self._queries, self._chunks, self._tolerance
        )
        self._begin()
        return self._known

    def _prune(self) -> None:
        keys = np.concatenate([self._pruned, *self._fresh])
        self._pruned, self.floor = prune(keys, self._tolerance, self._known.scores.shape[1])
        self._fresh = []
