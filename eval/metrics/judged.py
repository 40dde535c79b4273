"""What metrics are computed from: the gains of each query's neighbours, and what could be had."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Judged:
    """Neighbours by their relevance, for many queries. Metrics share what is computed from it.

    gains: (queries, k), most similar first; above 0 for a hit, 0 for any other and for a place
    without a neighbour. bool where relevance is yes or no.
    relevant: (queries,) int64, images of the index that are hits for the query, those that it must
    not find not counted. A query with none has no answer: it is not to be scored.
    ideal: (queries, k) the greatest gains that there are, descending; None where each hit is 1.
    """

    gains: npt.NDArray[Any]
    relevant: npt.NDArray[np.int64]
    ideal: npt.NDArray[np.float32] | None = None

    @property
    def depth(self) -> int:
        """k: how many neighbours are known."""
        return int(self.gains.shape[1])

    def __len__(self) -> int:
        return len(self.relevant)

    @cached_property
    def hits(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.gains > 0)

    @cached_property
    def cumulative_hits(self) -> npt.NDArray[np.int32]:
        """(queries, k): hits among the first 1, 2, … k."""
        return np.asarray(np.cumsum(self.hits, axis=1, dtype=np.int32))

    @cached_property
    def cumulative_precision(self) -> npt.NDArray[np.float64]:
        """(queries, k): the precision at each hit, summed over the first 1, 2, … k."""
        ranks = np.arange(1, self.depth + 1)
        return np.asarray(np.cumsum(self.hits * (self.cumulative_hits / ranks), axis=1))

    @cached_property
    def cumulative_gain(self) -> npt.NDArray[np.float64]:
        """(queries, k): the gains, each divided by log2(rank + 1), summed over the first 1 … k."""
        return np.asarray(np.cumsum(self.gains / self._discounts, axis=1))

    @cached_property
    def cumulative_ideal_gain(self) -> npt.NDArray[np.float64]:
        """(queries, k): the greatest that `cumulative_gain` can be."""
        if self.ideal is not None:
            return np.asarray(np.cumsum(self.ideal / self._discounts, axis=1))
        of_ones = np.cumsum(1 / self._discounts)
        ranks = np.arange(1, self.depth + 1)
        reached = np.minimum(ranks[None, :], np.maximum(self.relevant, 1)[:, None])
        return np.asarray(of_ones[reached - 1])

    @property
    def _discounts(self) -> npt.NDArray[np.float64]:
        return np.log2(np.arange(2, self.depth + 2))

    def at(self, queries: npt.NDArray[Any]) -> Judged:
        """Some of the queries, by mask or position."""
        ideal = None if self.ideal is None else self.ideal[queries]
        return Judged(self.gains[queries], self.relevant[queries], ideal)
