"""Candidates, scored again in float64 and brought into the neighbours that are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eval.exact_neighbours.candidates import Keys, Positions, floor_of, pairs_of
from eval.exact_neighbours.neighbours import Neighbours, Rows, Scores
from radalike.records import Vectors

NUMBERS = 1 << 19
"""Most numbers of each kind in a step of scoring: its copies stay in the cache of a core."""

LEAST_WAVE = 32


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of the index: their numbers, int64 (n,), and vectors, float32 (n, d), contiguous."""

    rows: Rows
    vectors: Vectors


def bring_in(
    keys: Keys, known: Neighbours, queries: Vectors, chunk: Chunk, tolerance: Scores
) -> Neighbours:
    """The best k of `known` and of the candidates, k being the length of `known`.

    They come in waves, the best of each query first: when thousands nearly tie, the worse ones
    mostly need no scoring any more, and memory stays small.
    """
    asking, proposed, positions = pairs_of(keys)
    ends = np.cumsum(np.bincount(asking, minlength=len(queries)))
    rank = ends[asking] - 1 - np.arange(len(asking))
    size = max(known.scores.shape[1], LEAST_WAVE)
    wave = rank // size
    order = np.argsort(wave, kind="stable")
    doubles = queries.astype(np.float64)
    best = Neighbours(known.rows.copy(), known.scores.copy())
    for some in np.split(order, np.cumsum(np.bincount(wave))[:-1]):
        some = some[proposed[some] >= floor_of(best.scores, tolerance)[asking[some]]]
        scores = score(doubles, asking[some], chunk.vectors, positions[some])
        present = np.bincount(asking[some], minlength=len(queries)) > 0
        concerned, line = np.flatnonzero(present), (np.cumsum(present) - 1)[asking[some]]
        new = Neighbours.none(len(concerned), size)
        new.scores[line, rank[some] % size] = scores
        new.rows[line, rank[some] % size] = chunk.rows[positions[some]]
        merged = merge(Neighbours(best.rows[concerned], best.scores[concerned]), new)
        best.rows[concerned], best.scores[concerned] = merged.rows, merged.scores
    return best


def score(queries: Scores, asking: Positions, vectors: Vectors, positions: Positions) -> Scores:
    """The inner products of the pairs, float64, (n,); `queries` are float64 already."""
    # By query, then in one direction through memory; one number for both sorts fast.
    order = np.argsort(asking * len(vectors) + positions)
    scores = np.empty(len(asking))
    scores[order] = _products(queries, asking[order], vectors, positions[order])
    return scores


def _products(queries: Scores, asking: Positions, vectors: Vectors, positions: Positions) -> Scores:
    """Of pairs in order of their query. Not a matrix product: each of these sums is the same
    whatever stands beside it."""
    dimension = vectors.shape[1]
    scores = np.empty(len(asking))
    begins = np.flatnonzero(np.diff(asking, prepend=-1))
    ends = np.append(begins[1:], len(asking))
    most = max(NUMBERS // dimension, int((ends - begins).max(initial=0)))
    single, rows = np.empty((most, dimension), dtype=np.float32), np.empty((most, dimension))
    first = 0
    while first < len(begins):
        last = int(np.searchsorted(ends, begins[first] + most, side="right"))
        start, end = int(begins[first]), int(ends[last - 1])
        # "clip" only spares the copy that guards against a position outside: there is none.
        vectors.take(positions[start:end], axis=0, out=single[: end - start], mode="clip")
        rows[: end - start] = single[: end - start]
        several, runs = begins[first:last], ends[first:last] - begins[first:last]
        if (runs == runs[0]).all():  # as most often: all in one step
            near = rows[: end - start].reshape(len(runs), -1, dimension)
            out = scores[start:end].reshape(len(runs), -1)
            np.vecdot(near, queries[asking[several], None, :], out=out)
        else:
            for begin, length in zip(several.tolist(), runs.tolist(), strict=True):
                near = rows[begin - start : begin - start + length]
                np.vecdot(near, queries[asking[begin]], out=scores[begin : begin + length])
        first = last
    return scores


def merge(known: Neighbours, new: Neighbours) -> Neighbours:
    """The best k of both, k being the length of `known`; equal scores in order of row."""
    k = known.scores.shape[1]
    rows = np.concatenate([known.rows, new.rows], axis=1)
    scores = np.concatenate([known.scores, new.scores], axis=1)
    order = np.argsort(-scores, axis=1)
    ranked = np.take_along_axis(scores, order, axis=1)
    equal = (ranked[:, 1:] == ranked[:, :-1]) & (ranked[:, 1:] > -np.inf)
    tied = np.flatnonzero(equal.any(axis=1))
    if tied.size:  # the order of rows is slow to find, and seldom decides
        order[tied] = np.lexsort((rows[tied], -scores[tied]), axis=1)
    order = order[:, :k]
    return Neighbours(
        rows=np.take_along_axis(rows, order, axis=1),
        scores=np.take_along_axis(scores, order, axis=1),
    )
