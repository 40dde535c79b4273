"""Which encoder a name means where its weights are not here, or nobody knows it any more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from radalike.encoders.catalogue import ENCODERS
from radalike.encoders.spec import EncoderSpec, Weights, fingerprint
from radalike.encoders.store import Manifest, Store, StoredFile
from radalike.encoders.torch_encoder import load_encoder
from radalike.errors import UnknownName, WeightsMissing
from radalike.library import Library
from radalike.library.encoders.known_encoder import weights_are_here
from radalike.library.named_encoder import library_encoder
from radalike.library.vectors.vector_writer import VectorWriter
from radalike.library.writing.additions import ImageInput
from tests.ingest.small_encoder import CELLS
from tests.radalike.library.encoders.conftest import IMAGES
from tests.radalike.library.two_encoders import BANDS
from tests.radalike.pictures import image_inputs

UNPINNED = replace(
    CELLS, id="bmc-clip", weights=Weights("hub:owner/name", None, "", "model.safetensors")
)
"""As the row of an encoder whose weights are not pinned, on vectors that cost nothing."""


def fetched_as(spec: EncoderSpec, sha256: str) -> EncoderSpec:
    """As the store pins it once it has the file."""
    return replace(spec, weights=replace(spec.weights, revision="r1", sha256=sha256))


@pytest.fixture
def unpinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The row of that id is UNPINNED."""
    monkeypatch.setattr("radalike.encoders.catalogue.ENCODERS", {**ENCODERS, UNPINNED.id: UNPINNED})


@pytest.mark.usefixtures("unpinned")
def test_weights_that_are_not_here_are_those_that_the_library_was_encoded_with(
    root: Path, library: Library, tmp_path: Path
) -> None:
    """The machine that embedded it had fetched them, and knew their hash; this one has not."""
    images = list(image_inputs(IMAGES))
    older, newer = (fetched_as(UNPINNED, digit * 64) for digit in "ab")
    for spec in (older, newer):
        _add_as(library, spec, images)
    with library.using(UNPINNED.id) as second:
        assert second.fingerprint == fingerprint(newer)
        assert second.spec == newer
        image = next(iter(second.metadata()))
        assert len(second.similar_to(image, exact=True).hits) == IMAGES - 1
        vector = next(second.embeddings()).vectors[0]
        assert len(second.search(vector, exact=True).hits) == IMAGES
        assert sum(len(chunk.ids) for chunk in library.embeddings(encoder=UNPINNED.id)) == IMAGES
        here = {each.fingerprint: each.weights_here for each in second.coverage()}
        assert here[second.fingerprint] is False
        with pytest.raises(WeightsMissing):
            second.load_encoder()
    # Once they are on this machine, it is they that count.
    store = Store(tmp_path / "store")
    files = (StoredFile("model.safetensors", 1, "c" * 64),)
    store.keep(Manifest(UNPINNED.id, "hub:owner/name", "r2", "", files))
    found = library_encoder(library.layout, UNPINNED.id, "stored-window", store, library.catalog)
    assert found.weights.sha256 == "c" * 64


def _add_as(library: Library, spec: EncoderSpec, images: list[ImageInput]) -> None:
    vectors = load_encoder(CELLS, device="cpu").encode([image.pixels for image in images])
    ids = {library.get(image).filepath: image for image in library.metadata()}
    with VectorWriter(
        library.layout, library.catalog, spec, "float32", part_rows=99, part_seconds=60
    ) as writer:
        for image, vector in zip(images, vectors, strict=True):
            writer.put(ids[image.name], {None: vector})


@pytest.mark.usefixtures("unpinned")
def test_nothing_is_remembered_of_another_rendering_or_name(library: Library) -> None:
    _add_as(library, fetched_as(UNPINNED, "a" * 64), list(image_inputs(IMAGES)))
    store = Store(Path("nowhere"))
    known = library_encoder(library.layout, UNPINNED.id, "percentile", store, library.catalog)
    assert known.weights == UNPINNED.weights
    with pytest.raises(UnknownName):
        library_encoder(library.layout, "dino-vit-b61", "stored-window", store, library.catalog)


def test_an_encoder_that_is_known_no_more_is_remembered(library: Library) -> None:
    """A library of another version, or one that was searched with a model of its own."""
    with library.using("bands") as second:
        assert second.spec == BANDS
        image = next(iter(second.metadata(None)))
        assert len(second.similar_to(image, exact=True).hits) == 3


def test_weights_that_are_here(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert weights_are_here(CELLS, store)
    assert not weights_are_here(UNPINNED, store)
    assert not weights_are_here(replace(CELLS, adapts=UNPINNED), store)
    place = replace(CELLS.weights, location=str(tmp_path / "none"))
    assert not weights_are_here(replace(CELLS, weights=place), store)
