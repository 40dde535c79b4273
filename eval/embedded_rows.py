"""The stored embeddings of images, by the rows of an `Images`: streamed, or gathered in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from eval.images import EmbeddedImages, Images, Mask, Rows
from radalike.errors import UsageError
from radalike.records import Vectors
from radalike.vectors import check_unit

RowsAndVectors: TypeAlias = tuple[Rows, Vectors]
"""Rows, (n,), in the order of their storage, and the vector of each: float32, (n, d)."""

KEPT_BYTES = 1 << 28
"""Most bytes of an index that are kept rather than read twice."""


def stream(
    library: EmbeddedImages, images: Images, which: Mask | None = None, encoder: str | None = None
) -> Iterator[RowsAndVectors]:
    """The embeddings of the rows that `which` has (None: all), a part at a time."""
    for chunk in library.embeddings(encoder=encoder):
        rows = images.rows_of(chunk.ids)
        wanted = rows >= 0 if which is None else (rows >= 0) & which[rows]
        if wanted.all():
            yield rows, chunk.vectors
        elif wanted.any():
            yield rows[wanted], chunk.vectors[wanted]


def collect(
    library: EmbeddedImages, images: Images, which: Mask, encoder: str | None = None
) -> RowsAndVectors:
    """The rows among `which` that have an embedding, ascending, and their vectors, (n, d); memory
    holds one copy of them."""
    wanted = _Wanted(which)
    for rows, vectors in stream(library, images, which, encoder):
        wanted.take(rows, vectors)
    return wanted.taken()


@dataclass(frozen=True, slots=True)
class Gathered:
    """rows: ascending; vectors: float32 (n, d), one for each. known: which rows of the images, of
    all of them, have an embedding."""

    rows: Rows
    vectors: Vectors
    known: Mask


def gather(
    library: EmbeddedImages, images: Images, which: Mask, encoder: str | None = None
) -> Gathered:
    """What `collect` gives, and which other images have an embedding. Raises UsageError when none
    of `which` has, InvalidVector."""
    wanted, known = _Wanted(which), np.zeros(len(images), dtype=bool)
    for rows, vectors in stream(library, images, None, encoder):
        known[rows] = True
        wanted.take(rows[which[rows]], vectors[which[rows]])
    rows, vectors = wanted.taken()
    if not len(rows):
        raise UsageError(
            "none of these images has an embedding",
            hint="choose others, or ingest them with this encoder first",
        )
    check_unit(vectors)
    return Gathered(rows, vectors, known)


class StoredIndex:
    """The embeddings of an index, and of queries that are stored among them. What the reading of
    the queries meets of the index is kept, up to KEPT_BYTES, and not read again."""

    def __init__(
        self, library: EmbeddedImages, images: Images, index: Mask, encoder: str | None
    ) -> None:
        self._library = library
        self._images = images
        self._index = index
        self._encoder = encoder
        self._kept: list[RowsAndVectors] | None = None

    def collect(self, which: Mask) -> RowsAndVectors:
        """As the function of that name."""
        wanted, kept = _Wanted(which), _Kept()
        for rows, vectors in stream(
            self._library, self._images, which | self._index, self._encoder
        ):
            wanted.take(rows[which[rows]], vectors[which[rows]])
            of_index = self._index[rows]
            kept.take(*((rows, vectors) if of_index.all() else (rows[of_index], vectors[of_index])))
        self._kept = kept.chunks
        return wanted.taken()

    def chunks(self) -> Iterator[RowsAndVectors]:
        """Those of the index, a part at a time."""
        if self._kept is not None:
            return iter(self._kept)
        return stream(self._library, self._images, self._index, self._encoder)


class _Wanted:
    """Vectors of wanted rows, put in their places as they come."""

    def __init__(self, which: Mask) -> None:
        self._rows = np.flatnonzero(which)
        self._has_vector = np.zeros(len(self._rows), dtype=bool)
        self._vectors: Vectors = np.empty((0, 1), dtype=np.float32)

    def take(self, rows: Rows, vectors: Vectors) -> None:
        if not len(self._vectors):  # all at once: they can take half of the memory
            self._vectors = np.empty((len(self._rows), vectors.shape[1]), dtype=np.float32)
        places = np.searchsorted(self._rows, rows)
        self._vectors[places] = vectors
        self._has_vector[places] = True

    def taken(self) -> RowsAndVectors:
        if self._has_vector.all():
            return self._rows, self._vectors
        return self._rows[self._has_vector], self._vectors[self._has_vector[: len(self._vectors)]]


class _Kept:
    """Chunks, or None when they became too large together."""

    def __init__(self) -> None:
        self.chunks: list[RowsAndVectors] | None = []
        self._bytes = 0

    def take(self, rows: Rows, vectors: Vectors) -> None:
        if self.chunks is None or not len(rows):
            return
        self._bytes += vectors.nbytes
        self.chunks.append((rows, vectors))
        if self._bytes > KEPT_BYTES:
            self.chunks = None
