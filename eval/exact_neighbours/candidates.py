"""The pairs of a query and a row that may be among the best, as one number each.

From its highest bit, a key holds the query's position in its block (12 bits), the float32 score in
an order-preserving form (32) and the row's position, counted down (20). One sort of plain integers,
which processors do quickly, so groups the pairs by query, worst first, and among equal scores puts
the smaller position nearer to the best.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from eval.exact_neighbours.neighbours import Scores

QUERY_BITS, SCORE_BITS, ROW_BITS = 12, 32, 20

MOST_QUERIES = (1 << QUERY_BITS) - 1
"""Queries in a block at most; one more would not fit where their ends are looked up."""

MOST_ROWS = (1 << ROW_BITS) - 1
"""Rows that are searched together at most: the last number says that the pair is known already."""

QUERY_SHIFT = np.uint64(SCORE_BITS + ROW_BITS)
SCORE_SHIFT = np.uint64(ROW_BITS)
SIGN = np.uint32(1 << 31)

Keys: TypeAlias = npt.NDArray[np.uint64]
Positions: TypeAlias = npt.NDArray[np.int64]
Scores32: TypeAlias = npt.NDArray[np.float32]


def keys_of(queries: Positions, scores: Scores32, rows: Positions) -> Keys:
    """One key for each pair, uint64, (n,)."""
    keys = queries.astype(np.uint64) << QUERY_SHIFT
    keys |= _ordered(scores).astype(np.uint64) << SCORE_SHIFT
    keys |= (MOST_ROWS - rows).astype(np.uint64)
    return keys


def known_keys(known: Scores, tolerance: Scores) -> Keys:
    """The known scores, (queries, k), raised to the least float32 score that allows for them.

    They stand for themselves when the k-th best is looked for, and are never scored again.
    """
    queries, k = known.shape
    raised = _rounded_down(known + tolerance[:, None])
    rows = np.full(raised.size, MOST_ROWS)
    return keys_of(np.repeat(np.arange(queries), k), raised.ravel(), rows)


def pairs_of(keys: Keys) -> tuple[Positions, Scores32, Positions]:
    """The pairs that are not known already: queries, scores and rows, as `keys_of` takes them."""
    down = keys & np.uint64(MOST_ROWS)
    keys, down = keys[down > 0], down[down > 0]
    rows = MOST_ROWS - down.astype(np.int64)
    return (keys >> QUERY_SHIFT).astype(np.int64), _scores_in(keys), rows


def prune(keys: Keys, tolerance: Scores, k: int) -> tuple[Keys, Scores32]:
    """The keys that may be among the best k of their query, in order, and the floor, (queries,).

    Every query needs k keys or more.
    """
    keys = np.sort(keys)
    queries = np.arange(len(tolerance))
    ends = np.searchsorted(keys, (queries + 1).astype(np.uint64) << QUERY_SHIFT)
    floor = floor_below(_scores_in(keys[ends - k]), tolerance)
    first = np.searchsorted(keys, keys_of(queries, floor, np.full(len(queries), MOST_ROWS)))
    counts = ends - first
    kept = np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    return keys[kept], floor


def floor_of(known: Scores, tolerance: Scores) -> Scores32:
    """The floor that the known scores alone set."""
    return _rounded_down(known[:, -1] - tolerance)


def floor_below(scores: Scores32, tolerance: Scores) -> Scores32:
    """The floor when k pairs of each query have these float32 scores or more: the k-th best of all
    is at least `scores` - tolerance, and what reaches that has `scores` - 2 tolerance or more."""
    return _rounded_down(scores - 2 * tolerance)


def _ordered(scores: Scores32) -> npt.NDArray[np.uint32]:
    """Unsigned numbers in the order of the scores; both zeros are the same."""
    bits = (scores + np.float32(0)).view(np.uint32)
    return np.where(bits & SIGN, ~bits, bits | SIGN)


def _scores_in(keys: Keys) -> Scores32:
    ordered = (keys >> SCORE_SHIFT).astype(np.uint32)  # its lower 32 bits
    return np.where(ordered & SIGN, ordered ^ SIGN, ~ordered).view(np.float32)


def _rounded_down(scores: Scores) -> Scores32:
    return np.nextafter(scores.astype(np.float32), np.float32(-np.inf))
