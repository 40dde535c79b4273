"""`Library.add`: what becomes of each image."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from radalike.errors import UsageError
from radalike.library import Library
from radalike.library.writing.additions import AddReport
from tests.conftest import LibraryOpener
from tests.radalike.pictures import image_input, image_inputs, picture


@pytest.fixture
def empty(tmp_path: Path, open_library: LibraryOpener) -> Library:
    return open_library(tmp_path / "library", part_rows=4)


def test_adding_again_changes_nothing(empty: Library) -> None:
    assert empty.add(image_inputs(5)) == AddReport(added=5, known=0, rejected=0)
    before = empty.status()
    assert empty.add(image_inputs(7)) == AddReport(added=2, known=5, rejected=0)
    assert empty.add(image_inputs(7)) == AddReport(added=0, known=7, rejected=0)
    after = empty.status()
    assert (before.images, after.images) == (5, 7)
    assert after.encoders[0]["vectors"] == 7
    assert empty.add([]) == AddReport(0, 0, 0)


def test_the_same_image_twice_in_one_call(empty: Library) -> None:
    """A generator may well give a file twice; it is known the second time."""
    one, two = image_input(0), image_input(1)
    assert empty.add([one, two, one]) == AddReport(added=2, known=1, rejected=0)
    assert empty.status().images == 2


def test_other_pixels_under_a_name_that_is_taken_are_rejected(empty: Library) -> None:
    first = image_input(0)
    empty.add([first])
    other = replace(first, pixels=image_input(3).pixels)
    assert empty.add([other]) == AddReport(added=0, known=0, rejected=1)
    (reject,) = empty.catalog.rejects()
    assert (reject.code, reject.filepath) == ("IdentityConflict", first.name)
    kept = empty.get(next(iter(empty.metadata())))
    hit = empty.search(first.pixels, 1).hits[0]
    assert (hit.id, round(hit.score, 3)) == (kept.id, 1.0)


def test_two_conflicts_of_one_name_in_one_call(empty: Library) -> None:
    first = image_input(0)
    others = [replace(first, pixels=image_input(number).pixels) for number in (3, 6)]
    assert empty.add([first, *others]) == AddReport(added=1, known=0, rejected=2)


def test_equal_content_is_marked_as_a_duplicate_of_the_first(empty: Library) -> None:
    first = image_input(0)
    copies = [replace(first, name=f"copy-{number}.png") for number in range(3)]
    empty.add([first, copies[0]])
    empty.add(copies[1:])
    records = {empty.get(image).filepath: empty.get(image) for image in empty.metadata()}
    original = records[first.name]
    assert original.duplicate_of is None
    for copy in copies:
        assert records[copy.name].duplicate_of == original.id
        assert records[copy.name].content == original.content
        assert empty.thumbnail(records[copy.name]) == empty.thumbnail(original)
    vectors = np.concatenate([chunk.vectors for chunk in empty.embeddings()])
    assert (vectors == vectors[0]).all()
    assert empty.status().duplicates == 3


def test_the_same_name_in_two_data_sets_is_two_images(empty: Library) -> None:
    report = empty.add([image_input(0), image_input(0, dataset="other")])
    assert report == AddReport(added=2, known=0, rejected=0)


def test_a_thumbnail_is_kept(empty: Library) -> None:
    large = replace(image_input(0), pixels=picture("CT", 0, height=700, width=350))
    empty.add([large])
    record = empty.get(next(iter(empty.metadata())))
    data = empty.thumbnail(record)
    assert data is not None
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (128, 256)
    assert (record.height, record.width) == (700, 350)
    assert not list(empty.layout.thumbnails.rglob("*.tmp"))
    empty.layout.thumbnail(record.content).unlink()
    assert empty.thumbnail(record) is None


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4), np.float32),
        np.zeros((4, 4), np.uint16),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4,), np.uint8),
        np.zeros((0, 4), np.uint8),
    ],
    ids=lambda pixels: f"{pixels.dtype}{pixels.shape}",
)
def test_pixels_that_are_none_are_refused_and_nothing_is_added(
    pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], empty: Library
) -> None:
    with pytest.raises(UsageError, match="pixels of shape") as caught:
        empty.add([image_input(0), replace(image_input(1), pixels=pixels)])
    assert "uint8" in caught.value.hint
    assert empty.status().images == 0


def test_colour_is_added_and_found(empty: Library) -> None:
    colour = np.dstack([picture("CT", 0), picture("US", 0), picture("XR", 0)])
    empty.add([replace(image_input(0), pixels=colour), image_input(1)])
    assert empty.search(colour, 1).hits[0].score == pytest.approx(1, abs=1e-3)
