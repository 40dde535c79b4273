"""`Library`: opening, searching and reading, as Python code uses them."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import radalike
from radalike.encoders.catalogue import DEFAULT_ENCODER
from radalike.errors import (
    LibraryNotFound,
    LibraryTooNew,
    UnknownName,
)
from radalike.filters import eq
from radalike.library import Library
from radalike.settings import load_settings
from tests.conftest import LibraryOpener
from tests.radalike.encoders.tiny import custom_checkpoint
from tests.radalike.pictures import KINDS, image_input, image_inputs, picture


@pytest.fixture(scope="module")
def ids(library: Library) -> list[str]:
    """Ids of the small library, in the order of the images' numbers."""
    return list(library.metadata())


# -- opening ---------------------------------------------------------------------------------


def test_the_package_offers_it() -> None:
    assert radalike.Library is Library
    with pytest.raises(AttributeError):
        _ = radalike.nothing


def test_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(LibraryNotFound):
        Library.open(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_it_is_made_when_asked_for_and_kept_then(tmp_path: Path) -> None:
    path = tmp_path / "library"
    with Library.open(path, create=True) as library:
        assert library.status().images == 0
        pseudonym = library.privacy.pseudonym("patient", "1")
    assert stat.S_IMODE((path / "key").stat().st_mode) == 0o600
    for create in (False, True):
        with Library.open(str(path), create=create) as library:
            assert library.encoder_id == DEFAULT_ENCODER
            assert library.privacy.pseudonym("patient", "1") == pseudonym


def test_the_settings_name_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RADALIKE_LIBRARY", str(tmp_path / "named"))
    Library.open(create=True).close()
    assert (tmp_path / "named" / "library.toml").exists()


def test_one_of_a_newer_radalike_is_refused(tmp_path: Path) -> None:
    Library.open(tmp_path, create=True).close()
    (tmp_path / "library.toml").write_text('format = 99\ndefault_encoder = "e"\n')
    for create in (False, True):
        with pytest.raises(LibraryTooNew):
            Library.open(tmp_path, create=create)


def test_an_encoder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="efficientnet-lite0"):
        Library.open(
            tmp_path / "a", create=True, settings=load_settings(encoder="efficientnet-lite9")
        )
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("name", ["with space", "what?", "50%20off", "a#b", "größe", "x@y:z"])
def test_any_folder_name_will_do_and_all_stays_inside(name: str, tmp_path: Path) -> None:
    Library.open(tmp_path / name, create=True).close()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name / "catalog.sqlite").exists()
    assert Library.open(tmp_path / name).status().images == 0


def test_closing_lets_the_index_go(library_copy: Path, open_library: LibraryOpener) -> None:
    for _ in range(2):
        library = open_library(library_copy)
        assert library.searcher.backend == "edge"
        library.close()


# -- reading ---------------------------------------------------------------------------------


def test_a_record_is_what_was_added(library: Library, ids: list[str]) -> None:
    for number in (0, 7, 31):
        given, record = image_input(number), library.get(ids[number])
        assert record.metadata == given.metadata
        assert record.filepath == given.name
        assert (record.height, record.width) == given.pixels.shape
        assert record.thumbnail
        assert library.locate(record) == given.name


def test_metadata_by_filter(library: Library) -> None:
    assert len(library.metadata()) == 60
    chosen = library.metadata(eq("labels", "effusion"))
    assert len(chosen) == 12
    assert all("effusion" in metadata.labels for metadata in chosen.values())


def test_embeddings_are_the_parts_vectors(library: Library, ids: list[str]) -> None:
    chunks = list(library.embeddings())
    assert [point for chunk in chunks for point in chunk.ids] == ids
    assert sum(len(chunk.vectors) for chunk in chunks) == 60
    vectors = np.concatenate([chunk.vectors for chunk in chunks])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(library.encoder.encode([picture("CT", 0)])[0], vectors[0], atol=1e-4)


def test_embeddings_by_filter(library: Library) -> None:
    condition = eq("modality", "US")
    chunks = list(library.embeddings(condition, encoder=DEFAULT_ENCODER))
    assert [point for chunk in chunks for point in chunk.ids] == list(library.metadata(condition))
    assert list(library.embeddings(eq("modality", "MG"))) == []


def test_embeddings_come_a_part_at_a_time(library: Library) -> None:
    assert [len(chunk.ids) for chunk in library.embeddings()] == [30, 30]


def test_facets(library: Library) -> None:
    assert library.facet("modality") == dict.fromkeys(KINDS, 20)
    assert library.facet("labels", eq("split", "test")) == {"normal": 15, "effusion": 3}


def test_a_locator_is_unsealed(library: Library, ids: list[str]) -> None:
    record = library.get(ids[0])
    sealed = replace(record, filepath=None, locator=library.privacy.seal("/exports/1.dcm"))
    assert library.locate(sealed) == "/exports/1.dcm"


def test_using_another_encoder(library: Library) -> None:
    with library.using(DEFAULT_ENCODER) as other:
        assert other.fingerprint == library.fingerprint
        assert other.status().images == 60
    with pytest.raises(UnknownName):
        library.using("no-such-encoder")


def test_an_encoder_of_the_caller_s_own(tmp_path: Path) -> None:
    (tmp_path / "checkpoint").mkdir()
    spec = custom_checkpoint(tmp_path / "checkpoint")
    path = tmp_path / "library"
    with Library.open(
        path, create=True, settings=load_settings(device="cpu"), spec=spec
    ) as library:
        library.add(image_inputs(4))
        library.build_index()
        result = library.search(picture("CT", 0), 1)
        assert library.get(result.hits[0].id).filepath == "CT/000.png"
        assert (result.encoder, result.backend) == ("tiny-custom", "edge")
        assert next(library.embeddings()).vectors.shape == (4, spec.dimension)
