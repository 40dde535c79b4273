"""A block of queries against a chunk of the index, by products that stay in the cache."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from eval.exact_neighbours.candidates import (
    Keys,
    floor_below,
    floor_of,
    keys_of,
    known_keys,
    prune,
)
from eval.exact_neighbours.neighbours import Neighbours, Scores
from eval.exact_neighbours.products import Excluded, Product, product_of
from eval.exact_neighbours.proposals import Proposals
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

MANY, LEAST_MANY = 8, 1024
"""Candidates for each place of the answer, and places, beyond which finer products pay."""

MOST_KEYS = 1 << 21
"""Candidates held at most, give or take those of one product: 16 MB."""


def scan(
    known: Neighbours,
    queries: torch.Tensor,
    chunk: Chunk,
    proposals: Sequence[Proposals],
    excluded: Excluded | None,
) -> Neighbours:
    """The best of `known` and of the chunk; queries are float32.

    proposals: of the chunk, the coarsest first. Where one leaves too many candidates the next goes
    on; the answer is the same.
    """
    import torch

    coarsest, *finer = proposals
    asking = queries.to(coarsest.vectors.dtype)
    candidates = _Candidates(known, queries.numpy(), chunk, coarsest.tolerance)
    usual = min(max(AREA // len(queries), LEAST_ROWS), MOST_ROWS)
    size = usual if np.isfinite(candidates.floor).all() else max(usual, FIRST_ROWS)
    buffer = torch.empty(len(queries) * size, dtype=asking.dtype)
    start = 0
    while start < len(chunk.rows):
        size = min(size, len(chunk.rows) - start)
        size -= size % SEGMENT if size > SEGMENT else 0
        scores = buffer[: len(queries) * size].view(len(queries), size)
        torch.matmul(asking, coarsest.vectors[start : start + size].T, out=scores)
        segments = scores.view(len(queries), -1, min(size, SEGMENT))
        candidates.add(product_of(segments, start, excluded))
        if finer and candidates.many():
            coarsest, *finer = finer
            asking = queries.to(coarsest.vectors.dtype)
            buffer = torch.empty(len(queries) * usual, dtype=asking.dtype)
            settled = candidates.settled()
            candidates = _Candidates(settled, queries.numpy(), chunk, coarsest.tolerance)
        start += size
        size = usual
    return candidates.settled()


class _Candidates:
    """The candidates of a scan so far, and the neighbours that are settled."""

    def __init__(
        self, known: Neighbours, queries: Vectors, chunk: Chunk, tolerance: Scores
    ) -> None:
        self._known = known
        self._most = MANY * max(known.scores.size, LEAST_MANY)
        self._queries = queries
        self._chunk = chunk
        self._tolerance = tolerance
        self._begin()

    def _begin(self) -> None:
        self._pruned = known_keys(self._known.scores, self._tolerance)
        self._fresh: list[Keys] = []
        self.floor = floor_of(self._known.scores, self._tolerance)

    def add(self, product: Product) -> None:
        if product.start or np.isfinite(self.floor).all():
            self._fresh.append(keys_of(*product.above(self.floor)))
        else:
            self._start(product)
        if 2 * sum(map(len, self._fresh)) > self._known.scores.size:
            self._prune()
        if len(self._pruned) > MOST_KEYS:
            self.settled()

    def many(self) -> bool:
        """Whether to score them again costs more than finer products."""
        return len(self._pruned) > self._most

    def _start(self, product: Product) -> None:
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
            self._pruned, self._known, self._queries, self._chunk, self._tolerance
        )
        self._begin()
        return self._known

    def _prune(self) -> None:
        keys = np.concatenate([self._pruned, *self._fresh])
        self._pruned, self.floor = prune(keys, self._tolerance, self._known.scores.shape[1])
        self._fresh = []
