"""The search: what it has found so far, and how a chunk of the index is brought in."""

from __future__ import annotations

import numpy as np

from eval.exact_neighbours.cores import Run, cores
from eval.exact_neighbours.neighbours import Exclusion, Neighbours, Rows, Scores
from eval.exact_neighbours.products import Excluded
from eval.exact_neighbours.proposals import (
    Proposals,
    fast_bfloat16,
    in_bfloat16,
    in_float32,
    lost_in_bfloat16,
    tensor,
)
from eval.exact_neighbours.rescoring import Chunk
from eval.exact_neighbours.scan import scan
from radalike.errors import InvalidSetting, InvalidVector
from radalike.records import Vectors

HELD_BYTES, HELD_ROWS = 1 << 28, 1 << 19
"""Vectors that are gathered before they are searched: to bring candidates into the result costs as
much for few rows as for many."""

BLOCK = 1024
"""Most queries that a core searches for at once."""

LENGTHS = 1 << 13
"""Vectors that a core measures at once."""

FEW = 64
"""Queries that are not worth another core's block."""

LONGEST = 1e18
"""Length of a vector beyond which float32 inner products could overflow."""


class ExactSearch:
    """The `k` rows with the greatest inner product with each of `queries`, float32 (q, d).

    Take in every row of the index once, in any order, in chunks of any size; `best` does not depend
    on how. Memory holds the queries, the result twice, and 256 MB of the index (half as much again
    where bfloat16 proposes).
    begun: a `best` from which a search goes on that was interrupted.
    Raises InvalidSetting for k < 1 and for shapes that do not fit, InvalidVector for NaN, infinity
    and absurd lengths.
    """

    def __init__(
        self,
        queries: Vectors,
        k: int,
        *,
        exclusion: Exclusion | None = None,
        begun: Neighbours | None = None,
    ) -> None:
        if k < 1:
            raise InvalidSetting(f"{k} neighbours are none", hint="ask for 1 or more", k=k)
        self._queries = np.ascontiguousarray(queries, dtype=np.float32)
        if self._queries.ndim != 2:
            raise InvalidSetting("the queries are not a table of vectors", hint="give (q, d)")
        self._lengths = _lengths(self._queries)
        self._exclusion = exclusion
        self._held = 0
        self._buffer: Chunk | None = None
        self._longest = 0.0
        self._fast = fast_bfloat16() and len(self._queries) > 0
        self._lost = lost_in_bfloat16(self._queries) if self._fast else self._lengths
        if exclusion is not None:
            _check_exclusion(exclusion, len(queries))
        self._best = begun or Neighbours.none(len(queries), k)
        for found in (self._best.rows, self._best.scores):
            if found.shape != (len(queries), k):
                raise InvalidSetting(
                    f"the search that was begun has the shape {found.shape}, "
                    f"this one {(len(queries), k)}",
                    hint="begin it anew",
                )

    @property
    def best(self) -> Neighbours:
        """What has been found in all that was taken in; later chunks do not change it. It costs a
        little to ask for it between chunks: do so only to save it."""
        if self._held:
            with cores() as run:
                self._search_held(run)
        return self._best

    def take_in(self, rows: Rows, vectors: Vectors) -> None:
        """Search a chunk: row numbers, int64 (n,), each once in the whole search, and their
        vectors, float32 (n, d).

        Raises InvalidSetting and InvalidVector, and has taken in nothing then.
        """
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        self._check(rows, vectors)
        if not len(self._queries) or not len(rows):
            return
        with cores() as run:
            self._longest = max(self._longest, _longest(vectors, run))
            buffer = self._gathering(vectors.shape[1])
            start = 0
            while start < len(rows):
                end = min(start + len(buffer.rows) - self._held, len(rows))
                held = slice(self._held, self._held + end - start)
                buffer.rows[held], buffer.vectors[held] = rows[start:end], vectors[start:end]
                self._held, start = held.stop, end
                if self._held == len(buffer.rows):
                    self._search_held(run)

    def _gathering(self, dimension: int) -> Chunk:
        """What rows are gathered in before they are searched."""
        if self._buffer is None:
            size = max(1, min(HELD_ROWS, HELD_BYTES // (4 * dimension)))
            vectors = np.empty((size, dimension), dtype=np.float32)
            self._buffer = Chunk(np.empty(size, dtype=np.int64), vectors)
        return self._buffer

    def _check(self, rows: Rows, vectors: Vectors) -> None:
        if vectors.shape != (len(rows), self._queries.shape[1]):
            raise InvalidVector(
                f"{len(rows)} rows with vectors of the shape {vectors.shape}, "
                f"to be searched for vectors of {self._queries.shape[1]} numbers",
                hint="queries and index need the same encoder",
            )
        known = np.iinfo(np.int64).max
        if self._exclusion is not None:
            known = len(self._exclusion.of_rows)
        if len(rows) and not 0 <= rows.min() <= rows.max() < known:
            raise InvalidSetting(
                "a row number is negative, or beyond the rows that exclusion knows",
                hint="number the rows of the index from 0",
            )

    def _search_held(self, run: Run) -> None:
        assert self._buffer is not None
        chunk = Chunk(self._buffer.rows[: self._held], self._buffer.vectors[: self._held])
        proposals = [in_float32(self._lengths, self._longest, chunk.vectors)]
        if self._fast:
            coarse = in_bfloat16(self._lost, self._lengths, self._longest, chunk.vectors, run)
            proposals.insert(0, coarse)
        queries = tensor(self._queries)
        known = self._best
        best = Neighbours(np.empty_like(known.rows), np.empty_like(known.scores))
        ends = _cut(len(self._queries))

        def search(number: int) -> None:
            block = slice(ends[number], ends[number + 1])
            better = scan(
                Neighbours(known.rows[block], known.scores[block]),
                queries[block],
                chunk,
                [Proposals(each.vectors, each.tolerance[block]) for each in proposals],
                self._excluded(block.start, chunk.rows),
            )
            best.rows[block], best.scores[block] = better.rows, better.scores

        run(search, len(ends) - 1)
        self._best, self._held = best, 0

    def _excluded(self, first: int, rows: Rows) -> Excluded | None:
        """For a block that begins at the query `first`, and positions of these row numbers."""
        exclusion = self._exclusion
        if exclusion is None:
            return None
        return lambda asking, positions: exclusion.applies(first + asking, rows[positions])


def _cut(queries: int) -> list[int]:
    """Where blocks of queries begin and end: equal shares for all cores, of BLOCK at most."""
    import torch

    threads = torch.get_num_threads()
    blocks = 1 if queries <= FEW else threads * -(-queries // (threads * BLOCK))
    return [queries * number // blocks for number in range(blocks + 1)]


def _lengths(vectors: Vectors) -> Scores:
    """float64, (n,). Raises InvalidVector unless all are finite and not absurdly long."""
    with np.errstate(over="ignore", invalid="ignore"):  # they become inf or NaN, and are refused
        lengths = np.sqrt(np.vecdot(vectors, vectors))
    bad = np.flatnonzero(~(lengths <= LONGEST))
    if bad.size:
        raise InvalidVector(
            f"{bad.size} of {len(vectors)} vectors have numbers that are not finite or too great",
            hint="leave them out, or encode their images again",
            rows=bad[:100].tolist(),
        )
    return np.asarray(lengths, dtype=np.float64)


def _longest(vectors: Vectors, run: Run) -> float:
    """The greatest length; the vectors are read once, by all cores. Raises InvalidVector."""
    parts = np.array_split(vectors, -(-len(vectors) // LENGTHS))
    longest = np.zeros(len(parts))

    def measure(number: int) -> None:
        longest[number] = _lengths(parts[number]).max()

    run(measure, len(parts))
    return float(longest.max())


def _check_exclusion(exclusion: Exclusion, queries: int) -> None:
    wanted, given = exclusion.of_queries.shape, exclusion.of_rows.shape
    if len(wanted) != 2 or len(given) != 2 or wanted != (queries, given[1]):
        raise InvalidSetting(
            f"exclusion has the shapes {wanted} and {given} for {queries} queries",
            hint="give (queries, columns) and (all rows, columns)",
        )
