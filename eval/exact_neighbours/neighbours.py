"""What a search answers, and what it must not answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Rows: TypeAlias = npt.NDArray[np.int64]
Scores: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The k most similar rows of each query, best first, equal scores in order of row.

    rows: int64, (queries, k), -1 where there are fewer than k.
    scores: inner products, float64, (queries, k), -inf where there is no row.
    """

    rows: Rows
    scores: Scores

    @classmethod
    def none(cls, queries: int, k: int) -> Neighbours:
        """No neighbour yet: every place is free."""
        return cls(np.full((queries, k), -1, dtype=np.int64), np.full((queries, k), -np.inf))


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A query and a row never match when one of their columns is equal and not negative.

    A column is one reason: the same image, patient, study or content, as numbered by the caller.
    of_queries: int64, (queries, columns).
    of_rows: int64, (all rows of the index, columns), looked up by row number.
    """

    of_queries: Rows
    of_rows: Rows

    def applies(self, queries: Rows, rows: Rows) -> npt.NDArray[np.bool_]:
        """Whether each pair of a query's and a row's number, (n,) and (n,), is excluded."""
        excluded = np.zeros(len(queries), dtype=np.bool_)
        for wanted, given in zip(self.of_queries.T, self.of_rows.T, strict=True):
            code = wanted[queries]
            excluded |= (code == given[rows]) & (code >= 0)
        return excluded
