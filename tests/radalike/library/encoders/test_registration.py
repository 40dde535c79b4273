"""An encoder enters a library under a name that means it alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from radalike.catalog.coverage import used_encoders
from radalike.encoders.spec import fingerprint
from radalike.errors import DuplicateName
from radalike.library.encoders.registration import check_name, register_encoder
from tests.radalike.library.two_encoders import BANDS, CELLS, add_vectors, library_of
from tests.radalike.pictures import image_inputs

MINE = replace(CELLS, id="checkpoint:mine")
OTHER = replace(BANDS, id="checkpoint:mine")


def test_a_checkpoint_s_name_is_taken_once_it_has_vectors(tmp_path: Path) -> None:
    images = list(image_inputs(3))
    with library_of(tmp_path / "library", MINE) as library:
        register_encoder(library.catalog, OTHER)  # an attempt that came to nothing
        library.add(images)
        with pytest.raises(
            DuplicateName, match="other vectors under the name checkpoint:mine"
        ) as caught:
            add_vectors(library, OTHER, images)
        assert "give its folder another name" in caught.value.hint
        assert not library.catalog.parts(fingerprint(OTHER))
        known = [each.fingerprint for each in used_encoders(library.catalog.engine)]
        assert known[0] == fingerprint(MINE)


def test_two_that_have_vectors_of_one_name_go_on(tmp_path: Path) -> None:
    """As they can in libraries from before names were checked."""
    images = list(image_inputs(2))
    with library_of(tmp_path / "library", MINE) as library:
        library.add(images)
        with patch("radalike.library.encoders.registration.check_name"):
            add_vectors(library, OTHER, images)
        for each in (MINE, OTHER, replace(OTHER, tiles="2x2")):
            assert register_encoder(library.catalog, each) == fingerprint(each)
        with pytest.raises(DuplicateName):
            check_name(library.catalog, replace(MINE, pooling="another"))


def test_what_is_opened_to_bring_images_in_is_told_at_once(tmp_path: Path) -> None:
    with library_of(tmp_path / "library", MINE) as library:
        library.check_encoder()
        library.add(image_inputs(2))
        library.check_encoder()
    with (
        library_of(tmp_path / "library", OTHER) as library,
        pytest.raises(DuplicateName, match="checkpoint:mine"),
    ):
        library.check_encoder()


def test_its_tiles_and_another_rendering_have_the_same_name(tmp_path: Path) -> None:
    images = list(image_inputs(3))
    with library_of(tmp_path / "library", MINE) as library:
        library.add(images)
        for beside in (replace(MINE, tiles="2x2"), replace(MINE, rendering="full-range"), MINE):
            assert register_encoder(library.catalog, beside) == fingerprint(beside)


def test_vectors_that_nobody_understands_any_more_have_their_name(tmp_path: Path) -> None:
    with library_of(tmp_path / "library", MINE) as library:
        library.add(image_inputs(2))
        with patch("radalike.library.encoders.registration.spec_of_used", return_value=None):
            check_name(library.catalog, MINE)
            with pytest.raises(DuplicateName):
                check_name(library.catalog, OTHER)


def test_what_is_no_checkpoint_keeps_its_name_through_its_versions(tmp_path: Path) -> None:
    newer = replace(CELLS, weights=replace(CELLS.weights, revision="2"))
    images = list(image_inputs(2))
    with library_of(tmp_path / "library", CELLS) as library:
        library.add(images)
        add_vectors(library, newer, images)
        assert len(library.catalog.parts(fingerprint(newer))) == 1
