"""`radalike compare`: two encoders and more, side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from PIL import Image

from radalike.encoders import catalogue
from tests.ingest.small_encoder import CELLS
from tests.radalike.cli.conftest import Answer, Radalike
from tests.radalike.library.two_encoders import BANDS, add_vectors, library_of
from tests.radalike.pictures import image_inputs, picture

ENCODERS = ("--encoder", "cells", "--encoder", "bands")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folder of a library of 30 images; CELLS has vectors of all, BANDS of 24."""
    path = tmp_path_factory.mktemp("both") / "library"
    images = list(image_inputs(30))
    known = {**catalogue.ENCODERS, CELLS.id: CELLS, BANDS.id: BANDS}
    with patch.object(catalogue, "ENCODERS", known):
        with library_of(path, CELLS, encoder=CELLS.id) as library:
            library.add(images)
            add_vectors(library, BANDS, images[:24])
        yield path


@pytest.fixture
def query(tmp_path: Path) -> Path:
    path = tmp_path / "query.png"
    Image.fromarray(picture("US", 4)).save(path)
    return path


@pytest.fixture
def compare(radalike: Radalike, both: Path) -> Radalike:
    def command(*arguments: object) -> Answer:
        return radalike("compare", *arguments, "--exact", "--library", both)

    return command


def test_json(compare: Radalike, query: Path) -> None:
    answer = compare(query, *ENCODERS, "-n", 5, "--json")
    assert (answer.code, answer.err) == (0, "")
    shown = answer.json
    assert set(shown) == {"query", "results", "agreements"}
    assert shown["query"] == str(query)
    assert [each["encoder"] for each in shown["results"]] == ["cells", "bands"]
    assert [each["vectors"] for each in shown["results"]] == [30, 24]
    lists = [[hit["id"] for hit in each["hits"]] for each in shown["results"]]
    assert [len(hits) for hits in lists] == [5, 5]
    shared = set(lists[0]) & set(lists[1])
    assert 0 < len(shared) < 5
    (agreement,) = shown["agreements"]
    assert agreement["encoders"] == ["cells", "bands"]
    assert (agreement["shared"], agreement["overlap"]) == (len(shared), len(shared) / 5)
    assert 0 < agreement["rank_biased_overlap"] < 1
    for result, hits in zip(shown["results"], lists, strict=True):
        assert result["only"] == [each for each in hits if each not in shared]
        assert {"score", "modality", "labels", "source"} <= set(result["hits"][0])


def test_a_table_that_fits_into_100_columns(
    compare: Radalike, query: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    answer = compare(query, *ENCODERS, "-n", 6)
    assert answer.code == 0
    assert answer.out.startswith("Most similar to ")
    table = [line for line in answer.out.splitlines() if line[:1] in "┏┃┡│└"]
    assert len(table) == 2 * 6 + 4
    assert max(map(len, table)) <= 100
    for word in ("cells", "bands", "US thyroid", "US/004.png", "also #", "only here"):
        assert word in answer.out
    assert "cells and bands: " in answer.out
    assert "of 6 in both (overlap 0." in answer.words
    assert "rank-biased overlap 0." in answer.words
    assert "bands has vectors of 24 of 30 images: `radalike encode --encoder bands`" in answer.out


def test_more_than_two_filters_and_regions(compare: Radalike, query: Path, both: Path) -> None:
    with library_of(both, CELLS) as library:
        third = catalogue.ENCODERS["efficientnet-lite0"]
        add_vectors(library, third, image_inputs(3))
    three = (*ENCODERS, "--encoder", third.id)
    asked = ("--modality", "ultrasound", "--region", "0.5,0.5,0.5,0.5", "-n", "20")
    shown = compare(query, *three, *asked, "--json").json
    assert len(shown["agreements"]) == 3
    for result in shown["results"]:
        assert {hit["modality"] for hit in result["hits"]} == {"US"}
    table = compare(query, *three, *asked)
    assert re.search(r"also #\d+, -", table.out)
    assert table.out.count("rank-biased overlap") == 3


def test_nothing_passes(compare: Radalike, query: Path) -> None:
    answer = compare(query, *ENCODERS, "--modality", "MG")
    assert answer.code == 0
    assert "No image passes these filters" in answer.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("x.png", "--encoder", "cells"), "two different encoders, or more"),
        (("x.png", "--encoder", "cells", "--encoder", "cels"), "unknown encoder 'cels'"),
        (("x.png", *ENCODERS), "the query x.png cannot be read"),
        ((*ENCODERS,), "there is no query"),
        (("x.png", "--text", "a chest", *ENCODERS), "there are two queries"),
        (("--text", "a chest", *ENCODERS), "cells knows images only"),
        (("--text", "a chest", "--exclude-patient", "own", *ENCODERS), "the query has no patient"),
        (("x.png", "--region", "1,2", *ENCODERS), "'1,2' is no region"),
    ],
)
def test_wrong_requests(arguments: tuple[str, ...], said: str, compare: Radalike) -> None:
    answer = compare(*arguments)
    assert answer.code == 2
    assert answer.err.startswith(f"radalike: {said}")
    assert len(answer.err.splitlines()) == 2
    assert answer.out == ""


def test_no_encoders(compare: Radalike) -> None:
    answer = compare("x.png")
    assert answer.code == 2
    assert "--encoder" in answer.err
