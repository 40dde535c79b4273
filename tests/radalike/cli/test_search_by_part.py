"""`radalike search` with words, with a part of an image, and among tiles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from PIL import Image

from radalike.encoders.torch_encoder import TorchEncoder, load_encoder
from radalike.library import Library
from tests.ingest.small_encoder import CELLS, cells
from tests.radalike.cli.conftest import Answer, Radalike
from tests.radalike.library.original_files import frames_file
from tests.radalike.library.two_encoders import add_vectors, library_of
from tests.radalike.pictures import image_inputs, picture

if TYPE_CHECKING:
    from torch import Tensor

READING = replace(CELLS, id="reading", has_text_tower=True)


def read(texts: Sequence[str]) -> Tensor:
    """Every text means picture 4."""
    import torch

    features = load_encoder(CELLS, device="cpu").encode([picture("US", 4)])
    return torch.from_numpy(features).expand(len(texts), -1)


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folder of a library of 30 images and their quarters, whose encoder reads."""
    from radalike.encoders import catalogue

    path = tmp_path_factory.mktemp("reading") / "library"
    encoder = TorchEncoder(
        READING,
        cells(READING, Path()),
        device="cpu",
        precision="float32",
        batch_size=8,
        text_tower=lambda: read,
    )
    known = patch.object(catalogue, "ENCODERS", {**catalogue.ENCODERS, READING.id: READING})
    with known, patch.object(Library, "encoder", encoder):
        with library_of(path, READING, encoder=READING.id) as library:
            library.add(image_inputs(30))
            add_vectors(library, READING, image_inputs(30), tiles="2x2")
        yield path


@pytest.fixture
def search(radalike: Radalike, reading: Path) -> Radalike:
    def command(*arguments: object) -> Answer:
        return radalike("search", *arguments, "--exact", "--library", reading)

    return command


@pytest.fixture
def query(tmp_path: Path) -> Path:
    path = tmp_path / "query.png"
    Image.fromarray(picture("US", 4)).save(path)
    return path


def test_a_text(search: Radalike) -> None:
    answer = search("--text", "a thyroid", "-n", 3, "--modality", "US", "--json")
    assert answer.code == 0
    assert answer.json["query"] == "a thyroid"
    assert answer.json["hits"][0]["source"] == "US/004.png"
    assert {hit["modality"] for hit in answer.json["hits"]} == {"US"}


def test_a_region_finds_regions(search: Radalike, query: Path) -> None:
    asked = (query, "--region", "40,48,40,48", "--tiles", "2x2", "-n", 4)
    hits = search(*asked, "--json").json["hits"]
    assert len({hit["id"] for hit in hits}) == 4
    assert (hits[0]["source"], hits[0]["region"]) == ("US/004.png", "40,48,40,48")
    assert "image" not in hits[0]
    table = search(*asked)
    assert "region" in table.out
    assert "40,48,40,48" in table.out
    assert "region" not in search(query, "--region", "40,48,40,48").out


def test_an_id_s_region_needs_its_original(search: Radalike, reading: Path, tmp_path: Path) -> None:
    image = search("--text", "a thyroid", "-n", 1, "--json").json["hits"][0]["id"]
    answer = search(image, "--region", "0,0,0.5,0.5")
    assert answer.code == 2
    assert "--root DIR" in answer.err
    (tmp_path / "US").mkdir()
    Image.fromarray(picture("US", 4)).save(tmp_path / "US" / "004.png")
    hits = search(image, "--region", "0,0,0.5,0.5", "--root", tmp_path, "--json").json["hits"]
    assert len(hits) == 10
    assert image not in {hit["id"] for hit in hits}


def test_a_frame(search: Radalike, tmp_path: Path) -> None:
    path = tmp_path / "frames.dcm"
    frames_file(path)
    found = [
        search(path, "--frame", number, "-n", 1, "--json").json["hits"][0]["source"]
        for number in range(3)
    ]
    assert found == ["CT/003.png", "CT/006.png", "CT/009.png"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "there is no query"),
        (("x.png", "--text", "a chest"), "there are two queries"),
        (("--text", " "), "an empty text"),
        (("--text", "a chest", "--region", "0,0,1,1"), "a text has no region and no frame"),
        (("--text", "a chest", "--exclude-patient", "own"), "the query has no patient"),
        (("QUERY", "--region", "60,0,40,40"), "the region 60,0,40,40 leads out of the image"),
        (("QUERY", "--region", "here"), "'here' is no region"),
        (("QUERY", "--frame", "1"), "there is no frame 1 in the query"),
        (("QUERY", "--tiles", "3x3"), "this library has no 3x3 tiles by reading"),
        (("QUERY", "--tiles", "many"), "'many' is no grid of tiles"),
    ],
)
def test_wrong_requests(
    arguments: tuple[str, ...], said: str, search: Radalike, query: Path
) -> None:
    answer = search(*(query if each == "QUERY" else each for each in arguments))
    assert answer.code == 2
    assert answer.err.startswith(f"radalike: {said}")
    assert len(answer.err.splitlines()) == 2
    assert answer.out == ""
