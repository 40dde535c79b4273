"""Libraries of vectors that a test makes itself: no pictures, no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from radalike.catalog.store import Part
from radalike.embeddings.parts import EmbeddingChunk, write_part
from radalike.library import Library
from radalike.library.privacy.pseudonyms import public_identity
from radalike.records import ImageRecord, Metadata, Vectors
from radalike.vectors import normalised
from tests.ingest.small_encoder import CELLS
from tests.radalike.library.two_encoders import library_of

MADE = replace(CELLS, id="made", dimension=16)


def made_library(path: Path, **flags: Any) -> Library:
    """An empty library of vectors of 16 dimensions."""
    library = library_of(path, MADE, **flags)
    library.catalog.add_encoder(library.fingerprint, MADE.id, MADE.dimension, {})
    return library


def directions(count: int, *, seed: int = 0) -> Vectors:
    """Random unit vectors (count, 16)."""
    generator = np.random.default_rng(seed)
    return normalised(generator.standard_normal((count, MADE.dimension)).astype(np.float32))


def put(
    library: Library,
    vectors: Vectors,
    *,
    patients: Sequence[str | None] = (),
    series: Sequence[str | None] = (),
    contents: Sequence[str] = (),
    start: int = 0,
) -> list[str]:
    """Commit one part; the ids of its images. Whatever is not given differs or is absent."""
    rows = range(len(vectors))
    records = [
        ImageRecord(
            id=public_identity("made", str(start + row)),
            content=f"{contents[row] if contents else start + row:0>64}",
            metadata=Metadata(
                dataset="made",
                patient=patients[row] if patients else None,
                series=series[row] if series else None,
            ),
            width=1,
            height=1,
        )
        for row in rows
    ]
    chunk = EmbeddingChunk(tuple(record.id for record in records), vectors)
    file = write_part(library.layout.embeddings(library.fingerprint), chunk, {})
    part = Part(file.name, library.fingerprint, file.rows, file.sha256, "float32")
    library.catalog.commit(part=part, records=records)
    if "searcher" in vars(library):
        library.searcher.refresh()
    return list(chunk.ids)
