"""A library whose encoders cover more or less of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from radalike.library import Library
from tests.ingest.small_encoder import CELLS
from tests.radalike.library.two_encoders import BANDS, add_vectors, library_of
from tests.radalike.pictures import image_inputs

IMAGES = 6


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
