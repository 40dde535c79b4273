"""Erasing a patient from a library with several encoders, and with tiles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from sqlalchemy import text

from radalike.catalog.coverage import images_with_vectors
from radalike.embeddings.parts import read_part
from radalike.library import Library
from radalike.library.checking import check_library
from radalike.library.erasure.plan import Plan, points_of_plan
from radalike.library.erasure.proof import prove
from radalike.records import tile_id
from tests.radalike.library.erasures import EACH, SHARED, A, B, fill, ids_of, images, open_small
from tests.radalike.library.two_encoders import BANDS, add_vectors, library_of

IMAGES = EACH + 1  # of each patient
SPACES = ("", "2x2")
_REGIONS = ["0,0,20,20", "20,0,20,20", "0,20,20,20", "20,20,20,20"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two patients; whole images by two encoders, and the tiles of one; all indexes are built."""
    root = tmp_path_factory.mktemp("encoders") / "library"
    with open_small(root) as opened:
        a, b = fill(opened, index=True)
        both = [
            *images(a, [*range(EACH), SHARED], "a"),
            *images(b, [*range(100, 100 + EACH), SHARED], "b"),
        ]
        with library_of(root, BANDS) as other:
            for tiles in SPACES:
                add_vectors(opened, BANDS, both, tiles)
                with other.tiled(tiles) as space:
                    space.build_index()
    return root


@pytest.fixture
def library(built: Path, tmp_path: Path) -> Iterator[Library]:
    with open_small(Path(copytree(built, tmp_path / "library"))) as opened:
        yield opened


def spaces(library: Library) -> Iterator[Library]:
    yield library
    with library_of(library.layout.root, BANDS) as other:
        yield other
        with other.tiled("2x2") as tiled:
            yield tiled


def test_vectors_of_every_encoder_and_every_tile_are_gone(library: Library) -> None:
    a, b = (library.privacy.pseudonym("patient", "", name) for name in (A, B))
    gone, kept = ids_of(library, a), ids_of(library, b)
    report = library.erase_patient(A)
    assert (report.images, report.vectors, report.found) == (IMAGES, 6 * IMAGES, 0)
    assert report.index_points == IMAGES * 5  # an image is the same point in both whole spaces
    assert set(library.metadata()) == kept
    rows = 0
    for space in spaces(library):
        assert check_library(space, lambda _done, _total: None) == []
        assert images_with_vectors(space.catalog.engine, space.fingerprint) == IMAGES
        for part in space.catalog.parts(space.fingerprint):
            folder = space.layout.embeddings(space.fingerprint)
            points = space.catalog.part_points(part.name)
            assert read_part(folder / part.name).ids == tuple(point.id for point in points)
            assert {point.image for point in points} <= kept
            regions = [point.region for point in points]
            expected = _REGIONS if space.spec.tiles else [None]
            assert regions == expected * (len(points) // len(expected))  # each keeps its own
            rows += part.rows
        vector = next(space.embeddings()).vectors[0]
        hits = space.search(vector, 999).hits
        assert {hit.payload.get("image", hit.id) for hit in hits} == kept
    assert rows == 6 * IMAGES
    on_disk = {path.name for path in library.layout.root.glob("embeddings/*/*")}
    assert on_disk == {part.name for part in library.catalog.parts()}
    assert gone.isdisjoint(ids_of(library, b))


def test_the_proof_sees_a_tile_that_is_left(library: Library) -> None:
    """It would be found by the id of its image in no file."""
    a = library.privacy.pseudonym("patient", "", A)
    image = sorted(ids_of(library, a))[0]
    region = "0,0,20,20"
    with library.catalog.engine.connect() as connection:
        (fingerprint,) = connection.execute(
            text("SELECT fingerprint FROM encoders WHERE json_extract(spec, '$.tiles') = '2x2'")
        ).one()
    other = images(None, [5], "x")[0].pixels
    vector = library.encoder.encode([other])[0]
    plan = Plan(images={}, vectors={(fingerprint, tile_id(image, region)): vector})
    assert points_of_plan(plan) == [tile_id(image, region)]
    # Its row in a part (whose ids are compressed), and its point in the index.
    assert prove(library, plan, lambda _done, _total: None).found >= 2
