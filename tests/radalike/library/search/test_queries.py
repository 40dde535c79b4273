"""What a library can be asked with: words, parts of pictures, and frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np
import pytest
from PIL import Image

from radalike.encoders.torch_encoder import TorchEncoder
from radalike.errors import NoTextTower, UsageError
from radalike.filters import eq
from radalike.library import Library
from radalike.library.search.queries import Text, query_vector
from radalike.library.search.regions import Region
from tests.ingest.small_encoder import CELLS, cells
from tests.radalike.library.original_files import QUARTER, frames_file, quarter
from tests.radalike.library.two_encoders import add_vectors, library_of
from tests.radalike.pictures import image_inputs, picture

if TYPE_CHECKING:
    from torch import Tensor

# -- words -----------------------------------------------------------------------------------------

READING = replace(CELLS, id="reading", has_text_tower=True)


def read(texts: Sequence[str]) -> Tensor:
    """A text tower that knows one thing: the features of picture 4 are called "a thyroid"."""
    import torch

    from radalike.encoders.torch_encoder import load_encoder

    features = load_encoder(CELLS, device="cpu").encode([picture("US", 4), picture("XR", 5)])
    return torch.from_numpy(np.stack([features[int("thyroid" not in text)] for text in texts]))


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """30 images, with an encoder that reads."""
    with library_of(tmp_path_factory.mktemp("reading") / "library", READING) as library:
        vars(library)["encoder"] = TorchEncoder(
            READING,
            cells(READING, Path()),
            device="cpu",
            precision="float32",
            batch_size=8,
            text_tower=lambda: read,
        )
        library.add(image_inputs(30))
        yield library


def test_a_text_finds_images(reading: Library) -> None:
    ids = list(reading.metadata())
    for words, number in (("a thyroid", 4), ("something else", 5)):
        hits = reading.search(Text(words), 30, exact=True).hits
        assert hits[0].id == ids[number]
        assert len(hits) == 30
    filtered = reading.search(Text("a thyroid"), 30, eq("modality", "CT"), exact=True).hits
    assert {hit.id for hit in filtered} == set(reading.metadata(eq("modality", "CT")))


def test_a_text_finds_regions(reading: Library) -> None:
    add_vectors(reading, READING, image_inputs(30), tiles="2x2")
    hits = reading.search(Text("a thyroid"), 5, tiles="2x2", exact=True).hits
    assert len({hit.id for hit in hits}) == 5
    assert all(hit.payload["region"].count(",") == 3 for hit in hits)


@pytest.mark.parametrize("words", ["", "  \n"])
def test_an_empty_text(words: str, reading: Library) -> None:
    with pytest.raises(UsageError, match="empty text"):
        reading.search(Text(words))


def test_a_text_has_no_region_and_no_frame(reading: Library) -> None:
    for options in ({"region": QUARTER}, {"frame": 0}):
        with pytest.raises(UsageError, match="a text has no region and no frame"):
            reading.search(Text("a thyroid"), **options)


def test_an_encoder_without_a_text_tower_says_so_before_it_is_loaded(small_library: Path) -> None:
    with Library.open(small_library) as library:
        with pytest.raises(NoTextTower, match="efficientnet-lite0 knows images only") as caught:
            library.search(Text("left pleural effusion"))
        assert "radalike encoders list" in caught.value.hint
        assert "encoder" not in vars(library)


def test_nor_does_it_hide_one_that_the_library_has(library_copy: Path) -> None:
    from radalike.encoders import catalogue

    known = patch.object(catalogue, "ENCODERS", {**catalogue.ENCODERS, READING.id: READING})
    with known, Library.open(library_copy) as library:
        add_vectors(library, READING, image_inputs(60))
        with pytest.raises(NoTextTower) as caught:
            library.search(Text("left pleural effusion"))
    assert "--encoder reading" in caught.value.hint


# -- parts and frames ------------------------------------------------------------------------------


def test_a_region_of_a_file_and_of_pixels(library: Library, tmp_path: Path) -> None:
    pixels = picture("US", 4)
    path = tmp_path / "query.png"
    Image.fromarray(pixels).save(path)
    expected = library.search(quarter(pixels), 5, exact=True).hits
    for query in (path, pixels):
        for region in (QUARTER, Region(0.5, 0.5, 0.5, 0.5)):
            assert library.search(query, 5, region=region, exact=True).hits == expected
    assert library.search(path, 5, exact=True).hits != expected
    with pytest.raises(UsageError, match="leads out of the image; the image has 80 x 96 pixels"):
        library.search(path, region=Region(60, 0, 40, 20))


def test_frames_of_a_dicom_file(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "frames.dcm"
    frames = frames_file(path)
    for number, pixels in enumerate(frames):
        vector, _ = query_vector(library, pixels)
        hits = library.search(vector, 3, exact=True).hits
        assert library.search(path, 3, frame=number, exact=True).hits == hits
        if number == 1:
            assert library.search(path, 3, exact=True).hits == hits
    both = library.search(path, 3, frame=2, region=QUARTER, exact=True).hits
    assert both == library.search(quarter(frames[2]), 3, exact=True).hits


@pytest.mark.parametrize("frame", [-1, 3, 10**9])
def test_a_frame_that_is_not_there(frame: int, library: Library, tmp_path: Path) -> None:
    frames_file(tmp_path / "frames.dcm")
    with pytest.raises(UsageError, match=f"no frame {frame}") as caught:
        library.search(tmp_path / "frames.dcm", frame=frame)
    assert "3 frames, numbered 0 to 2" in caught.value.hint


def test_what_is_one_frame_already(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "query.png"
    Image.fromarray(picture("US", 4)).save(path)
    assert library.search(path, 3, frame=0).hits == library.search(path, 3).hits
    with pytest.raises(UsageError, match="no frame 1"):
        library.search(path, frame=1)
    for query in (picture("US", 4), next(iter(library.metadata()))):
        with pytest.raises(UsageError, match="one frame already"):
            library.search(query, frame=0)


def test_an_encoder_without_vectors_here(small_library: Path) -> None:
    """An empty answer would say that nothing is similar."""
    with library_of(small_library, CELLS) as library:
        with pytest.raises(UsageError, match="no vectors of cells") as caught:
            library.search(picture("US", 4))
        assert "radalike encode --encoder cells" in caught.value.hint


# -- the model -------------------------------------------------------------------------------------


def test_the_model_is_loaded_once_and_stays(small_library: Path) -> None:
    with Library.open(small_library) as library:
        first = library.search(picture("US", 4), 3, exact=True).hits
        with patch("radalike.encoders.torch_encoder.load_encoder") as load:
            again = library.search(picture("US", 4), 3, exact=True).hits
            library.search(picture("US", 4), 3, region=QUARTER, exact=True)
        load.assert_not_called()
        assert again == first
