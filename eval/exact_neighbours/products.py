"""One piece of proposed scores, and what of it is worth a closer look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from eval.exact_neighbours.candidates import Positions, Scores32

if TYPE_CHECKING:
    import torch

Excluded: TypeAlias = Callable[[Positions, Positions], npt.NDArray[np.bool_]]
"""Whether each pair of a query of the block and a position in the chunks must not match."""

Proposed: TypeAlias = npt.NDArray[Any]
"""Scores: float32, or the 16 bits of a bfloat16 as int16."""


@dataclass(frozen=True, slots=True)
class Product:
    """Scores of the rows that begin at `start`, (queries, segments, rows of one). greatest: of each
    segment a score that none of it exceeds, float32, (queries, segments)."""

    scores: Proposed
    greatest: Scores32
    start: int
    excluded: Excluded | None

    def above(self, floor: Scores32) -> tuple[Positions, Scores32, Positions]:
        """The allowed pairs with a score at or above their query's floor, (queries,): queries,
        scores and rows."""
        _, per_query, size = self.scores.shape
        worth = np.flatnonzero(self.greatest >= floor[:, None])
        asking, segment = np.divmod(worth, per_query)
        near = _float32(self.scores.reshape(-1, size)[worth])
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
        best = np.partition(scores, size - n, axis=1)[:, size - n]
        if scores.dtype == np.int16 and best.min() < 0:  # below 0 their bits are in no such order
            return np.asarray(np.partition(_float32(scores), size - n, axis=1)[:, size - n])
        return _float32(np.ascontiguousarray(best))


def product_of(segments: torch.Tensor, start: int, excluded: Excluded | None) -> Product:
    """segments: proposed scores, float32 or bfloat16, (queries, segments, rows of one)."""
    import torch

    if segments.dtype == torch.float32:
        greatest = torch.amax(segments, dim=2).numpy()
        return Product(segments.numpy(), greatest, start, excluded)
    # As whole numbers, which are compared far faster, bfloat16 from 0 up are in their order, and
    # those below 0 come before them. A segment that is all below 0 has none that exceeds 0.
    bits = segments.view(torch.int16)
    greatest = torch.amax(bits, dim=2).clamp_(min=0).numpy()
    return Product(bits.numpy(), _float32(greatest), start, excluded)


def _float32(proposed: Proposed) -> Scores32:
    if proposed.dtype == np.float32:
        return proposed
    return (proposed.view(np.uint16).astype(np.uint32) << np.uint32(16)).view(np.float32)
