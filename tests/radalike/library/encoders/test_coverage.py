"""How much of a library each encoder covers, which encoder a name means, and the default."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from radalike.encoders.catalogue import ENCODERS
from radalike.encoders.spec import EncoderSpec, Weights, fingerprint
from radalike.encoders.store import Manifest, Store, StoredFile
from radalike.encoders.torch_encoder import load_encoder
from radalike.errors import LibraryBusy, UnknownName, UsageError, WeightsMissing
from radalike.library import Library
from radalike.library.encoders.default_encoder import make_default
from radalike.library.encoders.known_encoder import weights_are_here
from radalike.library.encoders.remembered import spec_of
from radalike.library.layout import open_layout
from radalike.library.named_encoder import library_encoder
from radalike.library.vectors.vector_writer import VectorWriter
from radalike.library.write_lock import write_lock
from radalike.library.writing.additions import ImageInput
from tests.ingest.small_encoder import CELLS
from tests.radalike.library.two_encoders import BANDS, add_vectors, library_of
from tests.radalike.pictures import image_inputs

IMAGES = 6
UNPINNED = replace(
    CELLS, id="bmc-clip", weights=Weights("hub:owner/name", None, "", "model.safetensors")
)
"""As the row of an encoder whose weights are not pinned, on vectors that cost nothing."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A library of six images with one encoder; of four of them the second one's vectors, and of
    two the tiles by that."""
    root = tmp_path / "library"
    images = list(image_inputs(IMAGES))
    with library_of(root, CELLS) as library:
        library.add(images)
        library.build_index()
        add_vectors(library, BANDS, images[:4])
        add_vectors(library, BANDS, images[:2], "2x2")
    return root


@pytest.fixture
def library(root: Path) -> Iterator[Library]:
    with library_of(root, CELLS) as opened:
        yield opened


def test_each_encoder_is_counted_by_images_and_vectors(library: Library) -> None:
    found = {(each.id, each.tiles): each for each in library.coverage()}
    assert list(found) == [("bands", ""), ("bands", "2x2"), ("cells", "")]
    cells, bands, tiles = found["cells", ""], found["bands", ""], found["bands", "2x2"]
    assert (cells.covered, cells.vectors, cells.indexed, cells.share) == (IMAGES, IMAGES, 6, 1.0)
    assert (bands.covered, bands.vectors, bands.indexed, bands.share) == (4, 4, 0, 4 / 6)
    assert (tiles.covered, tiles.vectors) == (2, 8)
    assert {each.images for each in found.values()} == {IMAGES}
    assert {each.precision for each in found.values()} == {("float32",)}
    assert all(each.weights_here for each in found.values())
    assert bands.fingerprint == fingerprint(BANDS)


def test_the_status_has_it(library: Library) -> None:
    written = json.loads(json.dumps(library.status().as_json()))["encoders"]
    assert written == [json.loads(json.dumps(each.as_json())) for each in library.coverage()]
    assert written[0]["share"] == round(4 / 6, 6)


def test_an_empty_library_is_whole(tmp_path: Path) -> None:
    with library_of(tmp_path / "empty", CELLS) as library:
        assert library.coverage() == []
        make_default(library)
    assert open_layout(tmp_path / "empty")[1] == "cells"


# -- the default ---------------------------------------------------------------------------------


def test_the_default_is_switched_once_it_covers_all(root: Path, library: Library) -> None:
    with library_of(root, BANDS) as second:
        with pytest.raises(UsageError, match="2 of 6 images have no vector of bands") as caught:
            make_default(second)
        assert "`radalike encode --encoder bands --make-default`" in caught.value.hint
        assert open_layout(root)[1] != "bands"
        add_vectors(second, BANDS, list(image_inputs(IMAGES))[4:])
        make_default(second)
        assert open_layout(root)[1] == "bands"
        assert [each.default for each in second.coverage()] == [True, False, False]
    assert tomllib.loads((root / "library.toml").read_text()) == {
        "format": 1,
        "default_encoder": "bands",
    }
    assert library.encoder_id == "cells"  # what is open goes on
    assert not list(root.glob("*.tmp"))


def test_not_while_somebody_writes(root: Path, library: Library) -> None:
    with write_lock(library.layout, way_out=""), pytest.raises(LibraryBusy):
        make_default(library)


# -- which encoder a name means --------------------------------------------------------------------


@pytest.mark.parametrize("spec", [*ENCODERS.values(), replace(CELLS, adapts=BANDS, tiles="2x2")])
def test_a_spec_comes_back_from_the_catalog_as_it_was(spec: EncoderSpec) -> None:
    said = json.loads(json.dumps(asdict(spec)))
    assert spec_of(said) == spec
    newer = said | {"a field of tomorrow": 1}
    assert fingerprint(spec_of(newer)) == fingerprint(spec)


def test_a_spec_of_an_older_version_has_the_defaults_of_what_came_later() -> None:
    said = json.loads(json.dumps(asdict(CELLS)))
    for name in ("citation", "study", "access", "adapts", "tiles"):
        del said[name]
    for name in ("file", "text"):
        del said["weights"][name]
    assert spec_of(said) == CELLS


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
