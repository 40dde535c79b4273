"""Images of which more or less is known, and libraries of them that cost nothing to make."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from radalike.catalog.store import Part, PartRow
from radalike.embeddings.parts import EmbeddingChunk, write_part
from radalike.filters import Filter, any_of, between, eq, is_empty, not_
from radalike.library import Library
from radalike.records import ImageRecord, Metadata, Term, Vectors, tile_id

MODALITIES, ANATOMIES = ("CT", "MR", "XR"), ("chest", "brain", "knee", "unknown")
LABELS = ("mass", "effusion", "é & <b>", "")


def image(number: int) -> str:
    return str(uuid.UUID(int=number))


def record(number: int) -> ImageRecord:
    """Image `number`: every field has its own turns of being there."""
    generator = np.random.default_rng(number)

    def one(*values: object) -> object:
        return values[generator.integers(len(values))]

    metadata = Metadata(
        dataset=str(one("first", "second")),
        modality=Term(str(one(*MODALITIES)), "made", 1.0),
        anatomy=Term(str(one(*ANATOMIES)), "made", 1.0),
        organ=one(None, "liver", "lung"),  # type: ignore[arg-type]
        split=one(None, "train", "test"),  # type: ignore[arg-type]
        labels=tuple(label for label in LABELS if generator.random() < 0.4),
        sex=one(None, "F", "M"),  # type: ignore[arg-type]
        age=one(None, 0, 7, 41, 41, 300),  # type: ignore[arg-type]
        year=one(None, 1999, 2020),  # type: ignore[arg-type]
        patient=None if number % 7 == 0 else f"patient-{number // 7}",
        study=None if number % 5 == 0 else f"study-{number // 5}",
        series=None if number % 4 == 0 else f"series-{number // 4}",
    )
    return ImageRecord(
        id=image(number), content=f"{number:064}", metadata=metadata, width=4, height=4
    )


def vector(number: int, dimension: int) -> Vectors:
    row = np.random.default_rng(number).standard_normal(dimension).astype(np.float32)
    unit: Vectors = row / np.linalg.norm(row)
    return unit


def add_part(library: Library, numbers: Sequence[int]) -> Part:
    """Commit images `numbers` as one part, with its file."""
    rows = [vector(number, library.spec.dimension) for number in numbers]
    return _commit(library, [image(number) for number in numbers], rows, numbers=numbers)


def add_tiles(library: Library, numbers: Sequence[int], *regions: str) -> Part:
    """The same of tiles of images that are there."""
    rows = [PartRow(image(number), region) for number in numbers for region in regions]
    vectors = [vector(place, library.spec.dimension) for place in range(len(rows))]
    return _commit(library, [tile_id(row.image, str(row.region)) for row in rows], vectors, rows)


def _commit(
    library: Library,
    ids: Sequence[str],
    vectors: Sequence[Vectors],
    rows: Sequence[PartRow] = (),
    numbers: Sequence[int] = (),
) -> Part:
    own, spec = library.fingerprint, library.spec
    library.catalog.add_encoder(own, spec.id, spec.dimension, {})
    chunk = EmbeddingChunk(tuple(ids), np.stack(vectors))
    file = write_part(library.layout.embeddings(own), chunk, {})
    part = Part(file.name, own, file.rows, file.sha256, "float32")
    library.catalog.commit(part=part, records=[record(each) for each in numbers], rows=rows)
    return part


def filled(path: Path, parts: Sequence[Sequence[int]]) -> Iterator[Library]:
    from tests.radalike.library.erasures import open_small

    with open_small(path) as library:
        for numbers in parts:
            add_part(library, numbers)
        yield library


texts = st.sampled_from(
    [*MODALITIES, *ANATOMIES, *LABELS, "liver", "train", "F", "first", "patient-1", "no such"]
)
ages = st.sampled_from([-1, 0, 7, 41, 42, 300, 2**70])


def conditions_on(name: str) -> st.SearchStrategy[Filter]:
    """Of one field."""
    if name in ("age", "year"):
        plain = st.one_of(
            st.builds(eq, st.just(name), ages),
            st.builds(between, st.just(name), st.none() | ages, st.none() | ages),
        )
    else:
        plain = st.one_of(
            st.builds(eq, st.just(name), texts),
            st.builds(any_of, st.just(name), st.lists(texts, max_size=3)),
        )
    found: st.SearchStrategy[Filter] = plain | st.builds(is_empty, st.just(name))
    return found | st.builds(not_, found)
