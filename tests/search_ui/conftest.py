"""A small real library: six images of each of four kinds, and a way to make more of them."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from radalike.library import Library
from radalike.library.additions import ImageInput
from radalike.records import Metadata, Pixels, Term

KINDS = (("CT", "chest"), ("CT", "brain"), ("MR", "brain"), ("US", "thyroid"))
PER_KIND = 6


def picture(modality: str, anatomy: str, number: int) -> Pixels:
    """A disc on a grating: its size, place and pitch say which kind it is; the rest is noise."""
    kind = KINDS.index((modality, anatomy))
    random = np.random.default_rng(1000 * kind + number)
    rows, columns = np.mgrid[0:96, 0:80] / 80
    disc = (rows - 0.3 - 0.1 * kind) ** 2 + (columns - 0.5) ** 2 < (0.15 + 0.05 * kind) ** 2
    grating = np.sin((kind + 1) * 12 * (rows if kind % 2 else columns))
    grey = 90 + 40 * grating + 100 * disc + random.normal(0, 8, rows.shape)
    pixels: Pixels = np.clip(grey, 0, 255).astype(np.uint8)
    return pixels


def image_input(modality: str, anatomy: str, number: int) -> ImageInput:
    metadata = Metadata(
        dataset="discs",
        modality=Term(modality, "test", 1.0),
        anatomy=Term(anatomy, "test", 1.0),
        labels=(f"{modality}/{anatomy}/disc {number % 2}",),
    )
    name = f"{modality}/{anatomy}/{number}"
    return ImageInput(name, picture(modality, anatomy, number), metadata)


@pytest.fixture(scope="session")
def png_of() -> Callable[[str, str, int], bytes]:
    """PNG files of the library's pictures and of more: (modality, anatomy, number)."""

    def png(modality: str, anatomy: str, number: int) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(picture(modality, anatomy, number)).save(buffer, "PNG")
        return buffer.getvalue()

    return png


@pytest.fixture(scope="session")
def library_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 images; tests that add some work on a copy."""
    folder = tmp_path_factory.mktemp("search-ui") / "library"
    with Library.open(folder, create=True) as library:
        report = library.add(
            image_input(*kind, number) for number in range(PER_KIND) for kind in KINDS
        )
    assert report.added == len(KINDS) * PER_KIND
    return folder


@pytest.fixture
def own_folder(library_folder: Path, tmp_path: Path) -> Path:
    """A copy of the library, to do anything with."""
    return Path(shutil.copytree(library_folder, tmp_path / "library"))


@pytest.fixture(scope="session")
def library(library_folder: Path) -> Iterator[Library]:
    with Library.open(library_folder) as opened:
        yield opened


@pytest.fixture
def ids(library: Library) -> dict[tuple[str, str], list[str]]:
    """Ids by kind."""
    found: dict[tuple[str, str], list[str]] = {}
    for image, metadata in library.metadata().items():
        found.setdefault((metadata.modality.value, metadata.anatomy.value), []).append(image)
    return found
