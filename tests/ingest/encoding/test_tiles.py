"""Tiles of images as vectors of their own, from the originals."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from radalike.encoders.base import Encoder
from radalike.encoders.spec import fingerprint
from radalike.errors import UsageError
from radalike.imaging.tiles import tiles_of
from radalike.library import Library
from radalike.records import Pixels, tile_id
from tests.ingest.conftest import OpenLibrary
from tests.ingest.encoding.runs import encoded, vectors
from tests.ingest.files import picture, write_dicom, write_png, write_pngs
from tests.ingest.runs import ingest_folder
from tests.ingest.small_encoder import CELLS


def write_pixels(path: Path, pixels: Pixels) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, "PNG")
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Pictures, two of them the same, one of odd size, and a loop of three frames."""
    root = tmp_path / "export"
    write_pngs(root, 3)
    write_png(root / "again.png", 2)
    write_pixels(root / "odd.png", picture(9)[:51, :33])
    write_dicom(root / "loop.dcm", np.stack([picture(20 + n) for n in range(3)]))
    return root


IMAGES, CONTENTS = 8, 7


@pytest.fixture
def library(open_library: OpenLibrary, root: Path) -> Library:
    library = open_library(part_rows=10)
    assert ingest_folder(library, root).images == IMAGES
    return library


def test_each_tile_has_the_vector_of_its_pixels(library: Library, root: Path) -> None:
    whole = vectors(library)
    with library.tiled("2x2") as tiled:
        report = encoded(tiled)
        assert (report.tiles, report.images, report.encoded) == ("2x2", IMAGES, IMAGES)
        assert report.computed == 4 * CONTENTS
        found = vectors(tiled)
        assert len(found) == 4 * IMAGES
        encoder: Encoder = library.encoder
        records = library.catalog.records(list(library.metadata()))
        for record in records.values():
            place = library.locate(record)
            assert place is not None
            if not place.endswith(".png"):
                continue
            pixels = np.asarray(Image.open(place.removeprefix("file:")))
            for tile in tiles_of("2x2", record.width, record.height):
                (expected,) = encoder.encode([tile.of(pixels)])
                np.testing.assert_allclose(
                    found[tile_id(record.id, str(tile))], expected, atol=1e-6
                )
    assert vectors(library).keys() == whole.keys()


def test_points_say_which_image_and_which_region(library: Library) -> None:
    with library.tiled("2x2") as tiled:
        encoded(tiled)
        vector = next(iter(vectors(tiled).values()))
        hits = tiled.search(vector, limit=99).hits
    assert len(hits) == 4 * IMAGES
    records = library.catalog.records(list(library.metadata()))
    for hit in hits:
        record = records[hit.payload["image"]]
        assert hit.id == str(uuid.uuid5(uuid.UUID(record.id), hit.payload["region"]))
        assert hit.payload["region"] in {
            str(tile) for tile in tiles_of("2x2", record.width, record.height)
        }
        assert hit.payload["modality"] == record.metadata.modality.value


def test_an_image_s_tiles_are_in_one_part(library: Library) -> None:
    """So an image has all of them or none, whenever it is killed."""
    with library.tiled("3x2") as tiled:
        encoded(tiled)
        parts = tiled.catalog.parts(tiled.fingerprint)
        assert len(parts) > 1
        images = [{point.image for point in tiled.catalog.part_points(part.name)} for part in parts]
        assert sum(map(len, images)) == IMAGES
        assert len(set().union(*images)) == IMAGES


def test_equal_images_are_cut_and_encoded_once(library: Library, root: Path) -> None:
    with library.tiled("2x2") as tiled:
        encoded(tiled)
        copy = write_png(root / "later.png", 1)
        ingest_folder(library, root)
        copy.unlink()
        report = encoded(tiled)
        assert (report.encoded, report.computed, report.already) == (1, 0, IMAGES)
        assert len(vectors(tiled)) == 4 * (IMAGES + 1)


def test_tiles_of_two_grids_and_whole_images_never_meet(library: Library) -> None:
    with library.tiled("2x2") as four, library.tiled("1x2") as two:
        encoded(four)
        encoded(two)
        prints = {library.fingerprint, four.fingerprint, two.fingerprint}
        assert len(prints) == 3
        counted = [len(vectors(each)) for each in (library, four, two)]
    assert counted == [IMAGES, 4 * IMAGES, 2 * IMAGES]
    assert fingerprints_of(library) == prints


def fingerprints_of(library: Library) -> set[str]:
    return {part.fingerprint for part in library.catalog.parts()}


def test_an_image_with_fewer_pixels_than_tiles_has_fewer(
    open_library: OpenLibrary, tmp_path: Path
) -> None:
    root = tmp_path / "export"
    write_pixels(root / "dot.png", np.full((1, 1), 7, dtype=np.uint8))
    write_pixels(root / "line.png", picture(1)[:1, :40])
    library = open_library()
    ingest_folder(library, root)
    with library.tiled("4x4") as tiled:
        assert encoded(tiled).encoded == 2
        sizes = sorted(
            point.region or ""
            for part in tiled.catalog.parts(tiled.fingerprint)
            for point in tiled.catalog.part_points(part.name)
        )
    assert sizes == ["0,0,1,1", "0,0,10,1", "10,0,10,1", "20,0,10,1", "30,0,10,1"]


def test_a_grid_that_is_none(library: Library) -> None:
    with library.tiled("5x5") as tiled, pytest.raises(UsageError, match="no grid"):
        encoded(tiled)
    assert fingerprints_of(library) == {library.fingerprint}


def test_their_fingerprint_is_one_of_their_own() -> None:
    assert fingerprint(replace(CELLS, tiles="2x2")) != fingerprint(CELLS)
