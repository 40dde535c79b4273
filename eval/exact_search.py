"""The exact nearest neighbours of many queries, over an index that is read a chunk at a time.

FAISS scores every pair in float32, and those scores depend in their last bits on how the rows are
blocked. So FAISS only proposes: it gives more candidates than are wanted, those that could be
among the best are scored again in float64, one pair at a time, and the list is widened for as long
as a row outside it could still belong. The answer is then a function of the vectors alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from radalike.errors import InvalidSetting
from radalike.records import Vectors

if TYPE_CHECKING:
    from radalike.embeddings.parts import EmbeddingChunk

SPARE = 16
"""Candidates asked of FAISS beyond those wanted."""

WIDENING = 4
"""How much longer the candidate list becomes when it was too short to be sure."""

BLOCK = 1 << 20
"""Most candidates (queries x width) held at once."""

PAIRS = 1024
"""Most rows scored again at once: their float64 copies stay small."""

Ids: TypeAlias = npt.NDArray[np.object_]
Scores: TypeAlias = npt.NDArray[np.float64]
Positions: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The k most similar images of each query, best first, equal scores in order of id.

    ids: str, (queries, k), "" where the index has fewer than k images.
    scores: inner products, float64, (queries, k), -inf where there is no image.
    """

    ids: Ids
    scores: Scores


def search_exact(
    chunks: Iterable[EmbeddingChunk],
    queries: Vectors,
    k: int,
    *,
    leave_out: Sequence[str] | None = None,
) -> Neighbours:
    """The `k` rows of `chunks` with the greatest inner product with each of `queries`, (q, d).

    `leave_out` names for each query one id that it must not find: its own. The result does not
    depend on how the rows are cut into chunks (large ones are faster); memory holds one chunk and
    the result. Raises InvalidSetting.
    """
    if k < 1:
        raise InvalidSetting(f"{k} neighbours are none", hint="ask for 1 or more", k=k)
    best = Neighbours(
        ids=np.full((len(queries), k), "", dtype=object),
        scores=np.full((len(queries), k), -np.inf),
    )
    queries = np.ascontiguousarray(queries, dtype=np.float32)
    for chunk in chunks:
        if chunk.ids:
            _take_in(best, _Rows.of(chunk), queries, leave_out)
    return best


@dataclass(frozen=True, slots=True)
class _Rows:
    """A chunk as the search uses it; `norm` is the greatest length among its vectors."""

    ids: Ids
    vectors: Vectors
    norm: float

    @classmethod
    def of(cls, chunk: EmbeddingChunk) -> _Rows:
        vectors = np.ascontiguousarray(chunk.vectors, dtype=np.float32)
        norm = float(np.sqrt(np.vecdot(vectors, vectors).max()))
        return cls(np.array(chunk.ids, dtype=object), vectors, norm)

    def positions_of(self, ids: Sequence[str]) -> Positions:
        """Where each id is among the rows, -1 where it is not."""
        known = {name: position for position, name in enumerate(self.ids)}
        return np.array([known.get(name, -1) for name in ids], dtype=np.int64)


def _take_in(
    best: Neighbours, rows: _Rows, queries: Vectors, leave_out: Sequence[str] | None
) -> None:
    """Bring `rows` into `best`, widening the candidate list for the queries that need it."""
    own = np.full(len(queries), -1) if leave_out is None else rows.positions_of(leave_out)
    tolerance = _rounding(queries, rows)
    pending = np.arange(len(queries))
    width = best.scores.shape[1] + SPARE
    while pending.size:
        width = min(width, len(rows.ids))
        step = max(1, BLOCK // width)
        unsure = []
        for start in range(0, len(pending), step):
            block = pending[start : start + step]
            known = Neighbours(best.ids[block], best.scores[block])
            better, sure = _improve(
                known, rows, queries[block], own[block], tolerance[block], width
            )
            best.ids[block[sure]] = better.ids[sure]
            best.scores[block[sure]] = better.scores[sure]
            unsure.append(block[~sure])
        pending = np.concatenate(unsure)
        width *= WIDENING


def _improve(
    known: Neighbours,
    rows: _Rows,
    queries: Vectors,
    own: Positions,
    tolerance: Scores,
    width: int,
) -> tuple[Neighbours, npt.NDArray[np.bool_]]:
    """The best of `known` and of `width` candidates, and whether no other row can belong."""
    k = known.scores.shape[1]
    proposed, positions = _propose(queries, rows.vectors, width)
    # k of the first k + 1 are at least this good: one of them may be the query's own.
    enough = proposed[:, k] - tolerance if width > k else -np.inf
    floor = np.maximum(known.scores[:, -1], enough) - tolerance
    worth = (proposed >= floor[:, None]) & (positions != own[:, None])
    scores = _score(worth, positions, queries, rows.vectors)
    merged = _merge(known, Neighbours(rows.ids[positions], scores))
    # A row outside the list scores at most what the list's last does, give or take rounding.
    sure = merged.scores[:, -1] > proposed[:, -1] + tolerance
    return merged, sure | (width == len(rows.ids))


def _rounding(queries: Vectors, rows: _Rows) -> Scores:
    """How far a float32 inner product can be from the true one, for each query.

    |fl(x.y) - x.y| <= gamma_d |x| |y| with gamma_d = d u / (1 - d u), u = 2^-24, in any order of
    summation (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1).
    """
    relative = queries.shape[1] * 2.0**-24
    lengths = np.sqrt(np.vecdot(queries, queries)).astype(np.float64)
    return np.asarray(relative / (1 - relative) * rows.norm * lengths, dtype=np.float64)


def _propose(queries: Vectors, vectors: Vectors, width: int) -> tuple[Any, Any]:
    """FAISS's best `width` rows of each query: float32 scores and int64 positions, (q, width)."""
    import faiss

    scores, positions = faiss.knn(queries, vectors, width, metric=faiss.METRIC_INNER_PRODUCT)
    return scores, positions


def _score(
    worth: npt.NDArray[np.bool_], positions: Positions, queries: Vectors, vectors: Vectors
) -> Scores:
    """Inner products in float64 of the candidates that are worth it, -inf for the others."""
    scores = np.full(worth.shape, -np.inf)
    for row in np.flatnonzero(worth.any(axis=1)):  # a query at a time stays in the cache
        query = queries[row].astype(np.float64)
        columns = np.flatnonzero(worth[row])
        for start in range(0, len(columns), PAIRS):
            some = columns[start : start + PAIRS]
            # Not a matrix product: each of these sums is the same wherever its row stands.
            scores[row, some] = np.vecdot(vectors[positions[row, some]].astype(np.float64), query)
    return scores


def _merge(known: Neighbours, new: Neighbours) -> Neighbours:
    """The best k of both, k being the length of `known`; equal scores in order of id."""
    k = known.scores.shape[1]
    ids = np.concatenate([known.ids, new.ids], axis=1)
    scores = np.concatenate([known.scores, new.scores], axis=1)
    ids[np.isneginf(scores)] = ""
    order = np.argsort(-scores, axis=1, kind="stable")
    ranked = np.take_along_axis(scores, order, axis=1)
    equal = (ranked[:, 1:] == ranked[:, :-1]) & np.isfinite(ranked[:, 1:])
    tied = np.flatnonzero(equal.any(axis=1))
    if tied.size:  # ids are compared only where they decide: strings are slow
        by_id = np.unique(ids[tied], return_inverse=True)[1].reshape(ids[tied].shape)
        order[tied] = np.lexsort((by_id, -scores[tied]), axis=1)
    order = order[:, :k]
    return Neighbours(
        ids=np.take_along_axis(ids, order, axis=1),
        scores=np.take_along_axis(scores, order, axis=1),
    )
