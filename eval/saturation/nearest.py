"""Whether the nearest image is of the query's class, for every size and draw, from one matrix
product.

The scores of a block of queries and rows are made once, in float32. Each draw takes from them the
greatest of every shard, of the query's own class and of the others; those of an index are then the
greatest of its shards'. Where own and other are farther apart than rounding can be, that decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eval.exact_neighbours import Exclusion
from eval.exclusion import excluded_pairs
from eval.images import Rows
from eval.saturation.shards import Levels
from radalike.records import Vectors

QUERIES, ROWS = 256, 16_384
"""Of a block of scores: 16 MiB."""

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """What is searched for: vectors (q, d), in order of class; classes, rows: (q,). exclusion:
    which rows of the images each must not find."""

    vectors: Vectors
    classes: npt.NDArray[np.int64]
    rows: Rows
    exclusion: Exclusion

    def at(self, queries: npt.NDArray[np.int64]) -> Searched:
        return Searched(
            self.vectors[queries],
            self.classes[queries],
            self.rows[queries],
            Exclusion(self.exclusion.of_queries[queries], self.exclusion.of_rows),
        )


@dataclass(frozen=True, slots=True, eq=False)
class IndexChunk:
    """Some rows of the index, in order of class: rows of the images, their places in `levels`,
    classes, and vectors (n, d)."""

    rows: Rows
    places: Rows
    classes: npt.NDArray[np.int64]
    vectors: Vectors

    @classmethod
    def of(
        cls, rows: Rows, places: Rows, classes: npt.NDArray[np.int64], vectors: Vectors
    ) -> IndexChunk:
        order = np.argsort(classes, kind="stable")
        return cls(rows[order], places[order], classes[order], vectors[order])

    def blocks(self) -> Iterator[IndexChunk]:
        for start in range(0, len(self.rows), ROWS):
            part = slice(start, start + ROWS)
            yield IndexChunk(
                self.rows[part], self.places[part], self.classes[part], self.vectors[part]
            )


@dataclass(frozen=True, slots=True, eq=False)
class Greatest:
    """float32 (draws, sizes, queries): the greatest score within each shard, -inf where there is no
    image; for the last size within the whole index."""

    own: Scores
    other: Scores

    @classmethod
    def nothing(cls, draws: int, sizes: int, queries: int) -> Greatest:
        shape = (draws, sizes, queries)
        return cls(np.full(shape, -np.inf, np.float32), np.full(shape, -np.inf, np.float32))

    def of_indexes(self) -> Greatest:
        """Within all shards up to each."""
        return Greatest(
            np.maximum.accumulate(self.own, axis=1), np.maximum.accumulate(self.other, axis=1)
        )


def scored_blocks(searched: Searched, block: IndexChunk) -> Iterator[tuple[slice, Scores]]:
    """The scores of `block` by some queries at a time: (rows, queries), -inf for what a query must
    not find."""
    by_row = np.argsort(block.rows)
    sorted_rows = block.rows[by_row]
    for start in range(0, len(searched.rows), QUERIES):
        part = slice(start, min(start + QUERIES, len(searched.rows)))
        # Lanes that a vector unit throws away can raise this flag; the vectors have been checked.
        with np.errstate(invalid="ignore"):
            scores = block.vectors @ searched.vectors[part].T
        some = Exclusion(searched.exclusion.of_queries[part], searched.exclusion.of_rows)
        for positions, rows in excluded_pairs(some, sorted_rows):
            scores[by_row[np.searchsorted(sorted_rows, rows)], positions] = -np.inf
        yield part, scores


def take_in(greatest: Greatest, searched: Searched, chunk: IndexChunk, levels: Levels) -> None:
    """Bring a chunk into `greatest`."""
    for block in chunk.blocks():
        of_rows = levels[:, block.places]
        for part, scores in scored_blocks(searched, block):
            classes = searched.classes[part]
            for name in np.unique(classes).tolist():
                first, last = np.searchsorted(block.classes, (name, name + 1))
                start, stop = np.searchsorted(classes, (name, name + 1))
                queries = slice(part.start + start, part.start + stop)
                own = scores[first:last, start:stop]
                _raise(greatest.own[:, :, queries], own, of_rows[:, first:last])
                own[:] = -np.inf
            _raise(greatest.other[:, :, part], scores, of_rows)


def _raise(greatest: Scores, scores: Scores, levels: Levels) -> None:
    """greatest (draws, sizes, q) at least as great as `scores` (rows, q) in their shards."""
    if not len(scores):
        return
    last = greatest.shape[1] - 1
    np.maximum(greatest[:, last], scores.max(axis=0), out=greatest[:, last])
    for draw, of_rows in enumerate(levels):
        order = np.argsort(of_rows, kind="stable")
        bounds = np.searchsorted(of_rows[order], np.arange(last + 1))
        for level in range(last):
            chosen = order[bounds[level] : bounds[level + 1]]
            if len(chosen):
                within = greatest[draw, level]
                np.maximum(within, scores[chosen].max(axis=0), out=within)
