"""Regions of images that are in the library: they are cut from the original."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from radalike.errors import RecordNotFound, UsageError
from radalike.library import Library
from radalike.library.search.queries import Look, query_vector
from tests.ingest.small_encoder import CELLS
from tests.radalike.library.original_files import (
    QUARTER,
    add_private,
    frames_file,
    png,
    quarter,
)
from tests.radalike.library.two_encoders import library_of
from tests.radalike.pictures import image_inputs, picture

LOOK = Look(region=QUARTER)


@pytest.fixture
def private(tmp_path: Path) -> Iterator[Library]:
    with library_of(tmp_path / "library", CELLS) as library:
        library.add(image_inputs(12))
        yield library


def in_zip(path: Path, *members: tuple[str, bytes]) -> None:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w") as archive:
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, data in members:
            archive.writestr(name, data)


def test_a_region_of_a_file_that_was_ingested(private: Library, tmp_path: Path) -> None:
    pixels = picture("XR", 20)
    path = tmp_path / "Jane Doe.png"
    path.write_bytes(png(pixels))
    image = add_private(private, pixels, f"file:{path}")
    found = private.search(image, 12, region=QUARTER, exact=True).hits
    every = private.search(quarter(pixels), 13, exact=True).hits
    assert len(every) == 13
    assert found == tuple(hit for hit in every if hit.id != image)


def test_a_region_of_a_frame(private: Library, tmp_path: Path) -> None:
    frames = frames_file(tmp_path / "frames.dcm")
    uri = f"file:{tmp_path / 'frames.dcm'}"
    for number, pixels in enumerate(frames):
        image = add_private(private, pixels, uri, frame=number)
        vector, own = query_vector(private, image, LOOK)
        assert own == image
        np.testing.assert_array_equal(vector, query_vector(private, quarter(pixels))[0])


@pytest.mark.parametrize("member", ["a/one.png", "twice.png\x002", "odd%21.png"])
def test_a_region_of_a_member_of_an_archive(member: str, private: Library, tmp_path: Path) -> None:
    pixels, other = picture("XR", 20), picture("CT", 21)
    archive = tmp_path / "100% mine!.zip"
    in_zip(
        archive,
        ("a/one.png", png(pixels)),
        ("twice.png", png(other)),
        ("twice.png", png(pixels)),
        ("odd%21.png", png(pixels)),
    )
    place = str(archive).replace("%", "%25").replace("!", "%21")
    image = add_private(private, pixels, f"zip:{place}!{member}")
    vector, _ = query_vector(private, image, LOOK)
    np.testing.assert_array_equal(vector, query_vector(private, quarter(pixels))[0])


def test_a_region_of_an_image_of_a_data_set(private: Library, tmp_path: Path) -> None:
    image = list(private.metadata())[4]
    with pytest.raises(UsageError, match="part of a data set") as caught:
        private.search(image, region=QUARTER)
    assert "--root DIR" in caught.value.hint
    with pytest.raises(UsageError, match=r"no US/004.png below"):
        private.search(image, region=QUARTER, root=tmp_path)
    (tmp_path / "US").mkdir()
    (tmp_path / "US" / "004.png").write_bytes(png(picture("US", 4)))
    found = private.search(image, 3, region=QUARTER, root=tmp_path, exact=True).hits
    expected = private.search(quarter(picture("US", 4)), 4, exact=True).hits
    assert [hit.id for hit in found] == [hit.id for hit in expected if hit.id != image][:3]


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("file:/nowhere/Jane Doe.dcm", "it is gone"),
        ("zip:/nowhere/Jane Doe.zip!1.dcm", "it is gone"),
        ("spool:Jane Doe", "received over the network"),
        ("dicomweb:https://pacs/Jane Doe", "on a DICOMweb server"),
        ("odd", "nobody said where"),
    ],
)
def test_an_original_that_is_not_to_be_had(uri: str, problem: str, private: Library) -> None:
    image = add_private(private, picture("XR", 20), uri)
    with pytest.raises(UsageError, match=problem) as caught:
        private.search(image, region=QUARTER)
    assert "file" in caught.value.hint or "original" in caught.value.hint
    assert "Jane" not in f"{caught.value} {caught.value.hint} {caught.value.data}"
    assert private.search(image, 3).hits  # the whole of it needs none


@pytest.mark.parametrize("content", [b"", b"text", png(picture("XR", 21))])
def test_an_original_that_is_another_one_by_now(
    content: bytes, private: Library, tmp_path: Path
) -> None:
    path = tmp_path / "Jane.png"
    image = add_private(private, picture("XR", 20), f"file:{path}")
    path.write_bytes(content)
    with pytest.raises(UsageError, match="no longer what was added") as caught:
        private.search(image, region=QUARTER)
    assert "Jane" not in f"{caught.value} {caught.value.hint}"


def test_an_id_that_is_not_there(library: Library) -> None:
    with pytest.raises(RecordNotFound):
        library.search("9b2f1c1e-5d0a-5b8e-9a53-0c5e8f6d7a10", region=QUARTER)
