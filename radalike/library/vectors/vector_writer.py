"""Parts of vectors for images that a library has already: another encoder's, or of their tiles."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import numpy as np

from radalike.catalog.store import Catalog, PartRow
from radalike.embeddings.parts import EmbeddingChunk, sweep
from radalike.encoders.spec import EncoderSpec, fingerprint
from radalike.library.encoders.registration import register_encoder
from radalike.library.layout import Layout
from radalike.library.vectors.new_part import new_part
from radalike.records import Vectors, tile_id


class VectorWriter:
    """Open as a context manager, under the library's write lock. Leaving it normally commits what
    is left; leaving it by an exception loses the part being filled and nothing else.

    precision: of the encoder that computes the vectors; it can be set while nothing new waits.
    """

    def __init__(
        self,
        layout: Layout,
        catalog: Catalog,
        spec: EncoderSpec,
        precision: str,
        *,
        part_rows: int,
        part_seconds: float,
    ) -> None:
        self._layout = layout
        self._catalog = catalog
        self._spec = spec
        self._fingerprint = fingerprint(spec)
        self.precision = precision
        self._part_rows = part_rows
        self._part_seconds = part_seconds
        self._empty()
        self.images_committed = 0
        self.parts_committed = 0

    def __enter__(self) -> Self:
        register_encoder(self._catalog, self._spec)
        committed = (part.name for part in self._catalog.parts(self._fingerprint))
        sweep(self._layout.embeddings(self._fingerprint), committed)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.flush()

    def put(self, image: str, vectors: Mapping[str | None, Vectors]) -> None:
        """The vectors (dimension,) of an image by region (None: all of it). They go into one part,
        so an image has all of them or none."""
        for region, vector in vectors.items():
            self._rows.append(PartRow(image, region))
            self._ids.append(image if region is None else tile_id(image, region))
            self._vectors.append(vector)
        self._open_images += 1
        if len(self._rows) >= self._part_rows:
            self.flush()

    def tick(self) -> None:
        """Close the part when it has been open for long enough."""
        if time.monotonic() - self._since >= self._part_seconds:
            self.flush()

    def flush(self) -> None:
        """Commit the part being filled. Raises StorageFull, and then nothing of it is there."""
        ids, vectors, rows, images = self._ids, self._vectors, self._rows, self._open_images
        self._empty()
        if not rows:
            return
        chunk = EmbeddingChunk(tuple(ids), np.stack(vectors))
        part = new_part(self._layout, self._spec.id, self._fingerprint, self.precision, chunk)
        self._catalog.commit(part=part, rows=rows)
        self.parts_committed += 1
        self.images_committed += images

    def _empty(self) -> None:
        self._rows: list[PartRow] = []
        self._ids: list[str] = []
        self._vectors: list[Vectors] = []
        self._open_images = 0
        self._since = time.monotonic()
