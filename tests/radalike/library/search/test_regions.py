"""Regions: reading them, cutting them out, and finding them among tiles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from radalike.errors import UsageError
from radalike.filters import eq
from radalike.library import Library
from radalike.library.search.regions import Region, best_of_each_image, cropped, parse_region
from radalike.records import Hit
from tests.ingest.small_encoder import CELLS
from tests.radalike.library.two_encoders import add_vectors, library_of
from tests.radalike.pictures import image_inputs, picture


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("0,0,80,96", (0, 0, 80, 96)),
        ("10,20,30,40", (10, 20, 40, 60)),
        ("79,95,1,1", (79, 95, 80, 96)),
        ("0,0,1,1", (0, 0, 80, 96)),
        ("0.5,0.25,0.5,0.5", (40, 24, 80, 72)),
        (" 0.7, 0 ,0.3,1", (56, 0, 80, 96)),
        ("0,0,1.6,2", (0, 0, 2, 2)),
    ],
)
def test_pixels_or_fractions(text: str, box: tuple[int, ...]) -> None:
    assert parse_region(text).box(80, 96) == box


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1;2;3;4"])
def test_what_is_no_region(text: str) -> None:
    with pytest.raises(UsageError, match="is no region") as caught:
        parse_region(text)
    assert "x,y,width,height" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("0,0,81,96", "leads out"),
        ("0,0,80,97", "leads out"),
        ("-1,0,20,20", "leads out"),
        ("500,500,20,20", "leads out"),
        ("0.5,0,0.6,1", "leads out"),
        ("10,10,0,20", "is empty"),
        ("10,10,20,-5", "is empty"),
        ("0.5,0.5,0.001,0.5", "is empty"),
        ("0,0,0,0", "is empty"),
    ],
)
def test_outside_or_empty_names_the_image_s_size(text: str, problem: str) -> None:
    with pytest.raises(UsageError, match=f"{problem}.* 80 x 96 pixels"):
        cropped(np.zeros((96, 80), np.uint8), parse_region(text))


@pytest.mark.parametrize("text", ["nan,0,1,1", "0,0,inf,20"])
def test_numbers_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="not finite"):
        parse_region(text).box(80, 96)


@given(st.data(), st.integers(1, 600), st.integers(1, 600))
def test_a_region_in_pixels_is_cut_as_it_is_said(
    data: st.DataObject, width: int, height: int
) -> None:
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    right, bottom = data.draw(st.integers(left + 1, width)), data.draw(st.integers(top + 1, height))
    said = (left, top, right - left, bottom - top)
    if max(said) > 1:
        assert Region(*said).box(width, height) == (left, top, right, bottom)
        assert parse_region(str(Region(*said))) == Region(*said)
    fractions = Region(left / width, top / height, (right - left) / width, (bottom - top) / height)
    assert fractions.box(width, height) == (left, top, right, bottom)


def test_the_part_that_is_cut() -> None:
    pixels = np.arange(96 * 80 * 3).astype(np.uint8).reshape(96, 80, 3)
    part = cropped(pixels, Region(10, 20, 30, 40))
    assert part.shape == (40, 30, 3)
    np.testing.assert_array_equal(part, pixels[20:60, 10:40])


# -- the best tile of each image -------------------------------------------------------------------


def _tile(number: int, image: str, score: float) -> Hit:
    return Hit(f"tile-{number}", score, {"image": image, "region": f"{number},0,8,8"})


@given(st.lists(st.sampled_from("abcdef"), max_size=60), st.integers(1, 8), st.sampled_from("ax"))
def test_as_many_images_as_there_are_each_once(images: list[str], limit: int, own: str) -> None:
    every = [_tile(number, image, 1 - number / 100) for number, image in enumerate(images)]
    found = best_of_each_image(lambda count: every[:count], limit, own)
    expected = [image for image in dict.fromkeys(images) if image != own][:limit]
    assert [hit.id for hit in found] == expected
    for hit in found:
        best = next(each for each in every if each.payload["image"] == hit.id)
        assert (hit.score, hit.payload) == (best.score, best.payload)


@pytest.fixture(scope="module")
def tiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """30 images and their quarters; the quarters are indexed."""
    images = list(image_inputs(30))
    with library_of(tmp_path_factory.mktemp("tiled") / "library", CELLS) as library:
        library.add(images)
        add_vectors(library, CELLS, images, tiles="2x2")
        with library.tiled("2x2") as tiles:
            tiles.build_index()
        yield library


def test_a_region_finds_the_same_region(tiled: Library, tmp_path: Path) -> None:
    path = tmp_path / "query.png"
    Image.fromarray(picture("US", 4)).save(path)
    result = tiled.search(path, 5, region=Region(40, 48, 40, 48), tiles="2x2")
    best = result.hits[0]
    assert best.id == list(tiled.metadata())[4]
    assert best.payload["region"] == "40,48,40,48"
    assert best.score == pytest.approx(1, abs=1e-3)
    assert best.payload["modality"] == "US"
    assert result.encoder == "cells"


@pytest.mark.parametrize("exact", [False, True])
def test_every_region_is_searched_and_each_image_is_there_once(exact: bool, tiled: Library) -> None:
    ids = list(tiled.metadata())
    pixels = picture("CT", 3)
    result = tiled.search(pixels, 30, region=Region(0, 0, 0.5, 0.5), tiles="2x2", exact=exact)
    assert result.backend == ("exact" if exact else "edge")
    assert sorted(hit.id for hit in result.hits) == sorted(ids)
    vectors = {
        chunk.ids[row]: vector
        for chunk in tiled.tiled("2x2").embeddings()
        for row, vector in enumerate(chunk.vectors)
    }
    assert len(vectors) == 120
    query = tiled.encoder.encode([pixels[:48, :40]])[0]
    scores = sorted((float(vector @ query) for vector in vectors.values()), reverse=True)
    assert result.hits[0].score == pytest.approx(scores[0], abs=1e-3)
    ranked = [hit.score for hit in result.hits]
    assert ranked == sorted(ranked, reverse=True)


def test_filters_of_whole_images_hold(tiled: Library) -> None:
    for condition in (eq("modality", "XR"), eq("patient", "patient-1")):
        result = tiled.search(picture("CT", 3), 30, condition, tiles="2x2")
        assert {hit.id for hit in result.hits} == set(tiled.metadata(condition))
    without = tiled.search(picture("CT", 3), 30, tiles="2x2", exclude_patient="patient-1")
    assert {hit.payload["patient"] for hit in without.hits}.isdisjoint({"patient-1"})
    assert len(without.hits) == 30 - len(tiled.metadata(eq("patient", "patient-1")))


def test_an_image_does_not_find_its_own_regions(tiled: Library) -> None:
    ids = list(tiled.metadata())
    result = tiled.search(ids[3], 30, tiles="2x2")
    assert sorted(hit.id for hit in result.hits) == sorted(set(ids) - {ids[3]})


def test_whole_images_are_found_as_before(tiled: Library) -> None:
    hits = tiled.search(picture("US", 4), 30).hits
    assert len(hits) == 30
    assert all("region" not in hit.payload for hit in hits)


def test_tiles_that_are_not_there(tiled: Library) -> None:
    with pytest.raises(UsageError, match="no 3x3 tiles by cells") as caught:
        tiled.search(picture("US", 4), tiles="3x3")
    assert "radalike encode --encoder cells --tiles 3x3" in caught.value.hint
    with pytest.raises(UsageError, match="no grid of tiles"):
        tiled.search(picture("US", 4), tiles="many")
