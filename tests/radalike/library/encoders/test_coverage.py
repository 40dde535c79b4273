"""How much of a library each encoder covers."""

from __future__ import annotations

import json
from pathlib import Path

from radalike.encoders.spec import fingerprint
from radalike.library import Library
from radalike.library.encoders.default_encoder import make_default
from radalike.library.layout import open_layout
from tests.ingest.small_encoder import CELLS
from tests.radalike.library.encoders.conftest import IMAGES
from tests.radalike.library.two_encoders import BANDS, library_of


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
