"""Candidates, scored again in float64 and brought into the neighbours that are known."""

from __future__ import annotations

from collections.abc import Sequence
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
    keys: Keys, known: Neighbours, queries: Vectors, chunks: Sequence[Chunk], tolerance: Scores
) -> Neighbours:
    """The best k of `known` and of the candidates, k being the length of `known`. Positions go on
    from one of the chunks to the next.

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
    numbers = np.concatenate([chunk.rows for chunk in chunks])
    best = Neighbours(known.rows.copy(), known.scores.copy())
    for some in np.split(order, np.cumsum(np.bincount(wave))[:-1]):
        some = some[proposed[some] >= floor_of(best.scores, tolerance)[asking[some]]]
        scores = score(doubles, asking[some], chunks, positions[some])
        present = np.bincount(asking[some], minlength=len(queries)) > 0
        concerned, line = np.flatnonzero(present), (np.cumsum(present) - 1)[asking[some]]
        new = Neighbours.none(len(concerned), size)
        new.scores[line, rank[some] % size] = scores
        new.rows[line, rank[some] % size] = numbers[positions[some]]
        merged = merge(Neighbours(best.rows[concerned], best.scores[concerned]), new)
        best.rows[concerned], best.scores[concerned] = merged.rows, merged.scores
    return best


def score(
    queries: Scores, asking: Positions, chunks: Sequence[Chunk], positions: Positions
) -> Scores:
    """The inner products of the pairs, float64, (n,); `queries` are float64 already."""
    scores = np.empty(len(asking))
    ends = np.cumsum([0, *(len(chunk.rows) for chunk in chunks)])
    of_chunk = np.searchsorted(ends, positions, side="right") - 1
    # One number for chunk, query and position, which sorts fast: memory is read in one direction.
    order = np.argsort((of_chunk * len(queries) + asking) * ends[-1] + positions)
    places = np.searchsorted(of_chunk[order], np.arange(len(chunks) + 1))
    for number, chunk in enumerate(chunks):
        some = order[places[number] : places[number + 1]]
        if len(some):
            scores[some] = products(
                queries, asking[some], chunk.vectors, positions[some] - ends[number]
            )
    return scores


def products(queries: Scores, asking: Positions, vectors: Vectors, positions: Positions) -> Scores:
    """Of pairs in order of their query. Not a matrix product: each of these sums is the same
    whatever stands beside it."""
    dimension = vectors.shape[1]
    scores = np.empty(len(asking))
    begins = np.flatnonzero(np.diff(asking, prepend=-1))
    runs = np.diff(begins, append=len(asking))
    # Most queries have as many pairs as the others: several at once leave Python sooner.
    each = int(runs[0]) if (runs == runs[0]).all() else 0
    step = max(1, NUMBERS // (dimension * each)) if each else 1
    most = max(each * step, int(runs.max()))
    single, rows = np.empty((most, dimension), dtype=np.float32), np.empty((most, dimension))
    for first in range(0, len(begins), step):
        several = begins[first : first + step]
        some = slice(int(several[0]), int(several[0]) + int(runs[first : first + step].sum()))
        n = some.stop - some.start
        # "clip" only spares the copy that guards against a position outside: there is none.
        vectors.take(positions[some], axis=0, out=single[:n], mode="clip")
        rows[:n] = single[:n]
        near = rows[:n].reshape(len(several), -1, dimension)
        wanted = queries[asking[several], None, :]
        np.vecdot(near, wanted, out=scores[some].reshape(len(several), -1))
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
