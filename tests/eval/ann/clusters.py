"""A library of made vectors: images of a kind lie around their centre, and overlap with others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from radalike.catalog.store import Part
from radalike.embeddings.parts import EmbeddingChunk, write_part
from radalike.encoders.spec import EncoderSpec, Weights
from radalike.imaging.preprocessing import Preprocessing
from radalike.library import Library
from radalike.library.privacy.pseudonyms import public_identity
from radalike.records import ImageRecord, Metadata, Term
from radalike.settings import load_settings
from radalike.vectors import normalised

DIMENSION, KINDS, PART_ROWS = 64, 12, 200

SPEC = EncoderSpec(
    id="made",
    family="custom",
    architecture="tests.eval.ann.clusters:none",
    weights=Weights("none", None, "1"),
    dimension=DIMENSION,
    preprocessing=Preprocessing(224, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    pooling="none",
    licence="none",
    source="made vectors",
)


def open_clusters(path: Path, **flags: Any) -> Library:
    settings = load_settings(library=path, device="cpu", **flags)
    return Library.open(path, create=True, settings=settings, spec=SPEC)


def add_clusters(library: Library, count: int, *, start: int = 0, labelled: bool = True) -> None:
    """Images `start` to `start + count`: one of KINDS labels each, the modality CT for a quarter of
    them, four images a patient."""
    random = np.random.default_rng(start)
    centres = np.random.default_rng(7).normal(size=(KINDS, DIMENSION))
    library.catalog.add_encoder(library.fingerprint, SPEC.id, DIMENSION, {})
    for first in range(start, start + count, PART_ROWS):
        rows = range(first, min(first + PART_ROWS, start + count))
        kinds = [row % KINDS for row in rows]
        values = centres[kinds] + random.normal(0, 1.3, (len(rows), DIMENSION))
        records = [_record(row, labelled=labelled) for row in rows]
        ids = tuple(record.id for record in records)
        chunk = EmbeddingChunk(ids, normalised(values.astype(np.float32)))
        file = write_part(library.layout.embeddings(library.fingerprint), chunk, {})
        part = Part(file.name, library.fingerprint, file.rows, file.sha256, "float32")
        library.catalog.commit(part=part, records=records)


def _record(row: int, *, labelled: bool) -> ImageRecord:
    metadata = Metadata(
        dataset="made",
        modality=Term("CT" if row % 4 == 0 else "MR", "made", 1.0),
        anatomy=Term("chest" if row % 50 == 0 else "brain", "made", 1.0),
        labels=(f"kind-{row % KINDS}",) if labelled else (),
        patient=f"patient-{row // 4}",
    )
    return ImageRecord(
        id=public_identity("made", str(row)),
        content=f"{row:064x}",
        metadata=metadata,
        width=1,
        height=1,
    )
