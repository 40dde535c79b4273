"""The queries whose nearest image float32 cannot tell, decided in float64.

Of each, every image that could be the nearest of some index is scored again, a pair at a time, so
that the answer is a function of the vectors alone; of equal scores the first in order of id is the
nearest, as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from eval.saturation.nearest import Greatest, IndexChunk, Scores, Searched, scored_blocks
from eval.saturation.shards import Levels

PAIRS = 65_536
"""Scored again at once: their float64 copies stay small."""

KEPT = 1 << 22
"""Most pairs that are held before those that are not the best of any index are dropped."""

_PAIR = np.dtype([("query", "i8"), ("row", "i8"), ("place", "i8"), ("own", "?"), ("score", "f8")])

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]


def rounding(dimension: int) -> float:
    """How far a float32 score can be from the true one, of vectors of unit length.

    |fl(x.y) - x.y| <= gamma_d |x| |y| with gamma_d = d u / (1 - d u), u = 2^-24, in any order of
    summation (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1). Twice that
    covers lengths that are not quite 1.
    """
    relative = dimension * 2.0**-24
    return 2 * relative / (1 - relative)


def too_close(greatest: Greatest, tolerance: float) -> Mask:
    """(draws, sizes, queries): own and other are so close that rounding could have turned them."""
    both = np.isfinite(greatest.own) & np.isfinite(greatest.other)
    apart = np.full(both.shape, np.inf, dtype=np.float32)
    np.subtract(greatest.own, greatest.other, out=apart, where=both)
    return np.asarray(np.abs(apart) <= 2 * tolerance)


class CloseCalls:
    """Pairs of a query and a row that could be its nearest, collected chunk by chunk."""

    def __init__(
        self,
        searched: Searched,
        greatest: Greatest,
        undecided: Mask,
        levels: Levels,
        tolerance: float,
    ) -> None:
        """searched: the queries that are not sure. greatest: of these, within indexes. undecided:
        (draws, sizes, queries), the indexes they are not sure of."""
        self._searched, self._levels = searched, levels
        self._open = undecided.copy()
        self._open[1:, -1] = False  # the whole index is the same in all draws
        best = np.maximum(greatest.own, greatest.other)
        # A row of a shard must be near the best of one of the indexes that the shard is in.
        wanted = np.where(self._open, best - np.float32(2.5 * tolerance), np.inf)
        self._least = np.minimum.accumulate(wanted[:, ::-1], axis=1)[:, ::-1]
        self._pairs: list[npt.NDArray[Any]] = []
        self._most = KEPT

    def take_in(self, chunk: IndexChunk) -> None:
        for block in chunk.blocks():
            of_rows = self._levels[:, block.places]
            for part, scores in scored_blocks(self._searched, block):
                rows, columns = self._near(scores, of_rows, part)
                for start in range(0, len(rows), PAIRS):
                    some = slice(start, start + PAIRS)
                    self._pairs.append(self._scored(block, rows[some], columns[some] + part.start))
                if sum(map(len, self._pairs)) > self._most:
                    self._drop()

    def decide(self, hits: Mask) -> None:
        """Set `hits` (draws, sizes, queries), whether the nearest is of the query's own class, for
        the indexes that were undecided."""
        pairs = self._sorted()
        for draw, size, first in self._nearest(pairs):
            queries = pairs["query"][first]
            undecided = self._open[draw, size, queries]
            draws = slice(None) if size == hits.shape[1] - 1 else slice(draw, draw + 1)
            hits[draws, size, queries[undecided]] = pairs["own"][first][undecided]

    def _near(self, scores: Scores, levels: Levels, part: slice) -> tuple[Places, Places]:
        """(row, column) of the scores that could be the greatest of an undecided index."""
        found = [np.empty(0, dtype=np.int64)]
        for draw, of_rows in enumerate(levels):
            for level in np.unique(of_rows).tolist():
                least = self._least[draw, level, part]
                if np.isinf(least).all():
                    continue
                chosen = np.flatnonzero(of_rows == level)
                rows, columns = np.nonzero(scores[chosen] >= least)
                found.append(chosen[rows] * scores.shape[1] + columns)
        rows, columns = np.divmod(np.unique(np.concatenate(found)), scores.shape[1])
        return rows, columns

    def _scored(self, block: IndexChunk, rows: Places, queries: Places) -> npt.NDArray[Any]:
        pairs = np.empty(len(rows), dtype=_PAIR)
        pairs["query"], pairs["row"], pairs["place"] = queries, block.rows[rows], block.places[rows]
        pairs["own"] = block.classes[rows] == self._searched.classes[queries]
        # Not a matrix product: each of these sums is the same wherever its row stands.
        pairs["score"] = np.vecdot(
            block.vectors[rows].astype(np.float64),
            self._searched.vectors[queries].astype(np.float64),
        )
        return pairs

    def _sorted(self) -> npt.NDArray[Any]:
        """By query, the nearest first."""
        pairs = np.concatenate([np.empty(0, dtype=_PAIR), *self._pairs])
        return np.asarray(pairs[np.lexsort((pairs["row"], -pairs["score"], pairs["query"]))])

    def _nearest(self, pairs: npt.NDArray[Any]) -> Iterator[tuple[int, int, Places]]:
        """For each index of which a query is not sure: the places of the queries' nearest."""
        of_pairs = self._levels[:, pairs["place"]]
        for draw, size in np.argwhere(self._open.any(axis=2)).tolist():
            within = np.flatnonzero(of_pairs[draw] <= size)
            yield draw, size, within[np.diff(pairs["query"][within], prepend=-1) != 0]

    def _drop(self) -> None:
        pairs = self._sorted()
        kept = np.zeros(len(pairs), dtype=bool)
        for _draw, _size, first in self._nearest(pairs):
            kept[first] = True
        self._pairs = [pairs[kept]]
        # Else what must be kept would be sorted at every block.
        self._most = max(KEPT, 2 * len(self._pairs[0]))
