"""Imported vectors into parts: of new images, and of images that the library has already."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np

from radalike.embeddings.parts import EmbeddingChunk
from radalike.library.vectors.new_part import new_part
from radalike.library.vectors.vector_writer import VectorWriter
from radalike.records import ImageRecord, Vectors

if TYPE_CHECKING:
    from radalike.library import Library

PRECISION = "float32"
_NEVER = float("inf")  # seconds: nobody waits for a part that is not full


class PartWriter:
    """Open as a context manager, under the library's write lock. Leaving it normally commits what
    is left; leaving it by an exception loses the parts being filled and nothing else."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._records: list[ImageRecord] = []
        self._vectors: list[Vectors] = []
        self._parts = 0
        self._joined = VectorWriter(
            library.layout,
            library.catalog,
            library.spec,
            PRECISION,
            part_rows=library.settings.part_rows,
            part_seconds=_NEVER,
        )

    def __enter__(self) -> Self:
        self._joined.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self._commit()
        self._joined.__exit__(kind, error, traceback)

    @property
    def parts(self) -> int:
        """That were committed."""
        return self._parts + self._joined.parts_committed

    def add(self, record: ImageRecord, vector: Vectors) -> None:
        """A new image and its vector (dimension,). Raises StorageFull."""
        self._records.append(record)
        self._vectors.append(vector)
        if len(self._records) >= self._library.settings.part_rows:
            self._commit()

    def join(self, image: str, vector: Vectors) -> None:
        """The vector of an image that the catalog has. Raises StorageFull."""
        self._joined.put(image, {None: vector})

    def _commit(self) -> None:
        records, vectors = self._records, self._vectors
        self._records, self._vectors = [], []
        if not records:
            return
        library = self._library
        chunk = EmbeddingChunk(tuple(record.id for record in records), np.stack(vectors))
        part = new_part(library.layout, library.spec.id, library.fingerprint, PRECISION, chunk)
        library.catalog.commit(part=part, records=records)
        self._parts += 1
