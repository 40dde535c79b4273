"""Marks, collapsing and "no good match" of `radalike search` and `radalike similar`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from unittest.mock import patch

import numpy as np
import pytest
from PIL import Image

from radalike.encoders.base import Encoder
from radalike.library import Library
from radalike.library.search.closeness import Calibration
from radalike.library.search.marks import Marks
from tests.conftest import LibraryOpener
from tests.radalike.cli.conftest import Radalike
from tests.radalike.pictures import image_input, picture


@pytest.fixture(autouse=True)
def no_loading(encoder: Encoder) -> Iterator[None]:
    """The encoder of the session answers."""
    with patch.object(Library, "encoder", encoder):
        yield


@pytest.fixture
def ids(library: Library) -> list[str]:
    return list(library.metadata())


def calibrated(library: Path, threshold: float) -> None:
    """Says that it was, to this threshold."""
    with Library.open(library) as opened:
        path = opened.layout.closeness(opened.fingerprint)
    path.parent.mkdir(exist_ok=True)
    percentiles = {"1": threshold, "5": threshold, "50": threshold}
    said = {"vectors": 60, "sample": 60, "calibrated": "2026-01-01", "percentiles": percentiles}
    path.write_text(json.dumps(said))


def test_marks(radalike: Radalike, library_copy: Path, library: Library, ids: list[str]) -> None:
    arguments = ("--relevant", ids[3], "--relevant", ids[6], "--not-relevant", ids[1])
    answer = radalike("search", ids[0], "-n", 20, *arguments, "--library", library_copy, "--json")
    assert answer.code == 0
    marks = Marks((ids[3], ids[6]), (ids[1],))
    expected = [hit.id for hit in library.search(ids[0], 20, marks=marks).hits]
    assert [hit["id"] for hit in answer.json["hits"]] == expected
    assert expected != [hit.id for hit in library.search(ids[0], 20).hits]
    assert answer.json["good_match"] is None
    wrong = radalike("search", ids[0], "--relevant", "nobody", "--library", library_copy)
    assert wrong.code == 2
    assert "no image nobody" in wrong.err


def test_collapsing_copies(
    radalike: Radalike, library_copy: Path, open_library: LibraryOpener, ids: list[str]
) -> None:
    with open_library(library_copy) as opened:
        copies = [replace(image_input(3), name=f"CT/copy-{number}.png") for number in range(4)]
        opened.add(copies)
    for command in ("search", "similar"):
        common = (command, ids[0], "-n", 30, "--library", library_copy, "--json")
        plain, folded = radalike(*common).json, radalike(*common, "--collapse").json
        assert plain["folded"] == {}
        (stays,) = (hit["id"] for hit in folded["hits"] if hit["id"] in folded["folded"])
        assert folded["folded"] == {stays: 4}
        assert stays in {hit["id"] for hit in plain["hits"]}
    shown = radalike("similar", ids[0], "-n", 30, "--library", library_copy, "--collapse")
    assert "folded" in shown.out


@pytest.mark.parametrize("command", ["search", "similar"])
def test_no_good_match(
    command: str, radalike: Radalike, library_copy: Path, ids: list[str]
) -> None:
    common = (command, ids[0], "--library", library_copy)
    calibrated(library_copy, 0.1)
    assert radalike(*common, "--json").json["good_match"] is True
    assert "no good match" not in radalike(*common).out
    calibrated(library_copy, 0.9999)
    answer = radalike(*common, "--json").json
    assert answer["good_match"] is False
    best = answer["hits"][0]["score"]
    said = radalike(*common).words
    assert said.startswith(f"no good match: the best is {best:.3f}, below 1.000 (")


def test_noise_is_no_good_match(radalike: Radalike, library_copy: Path, tmp_path: Path) -> None:
    """As the library itself has calibrated it."""
    noise = np.random.default_rng(0).integers(0, 256, (96, 80), dtype=np.uint8)
    for name, pixels, good in (("noise", noise, False), ("known", picture("XR", 5), True)):
        path = tmp_path / f"{name}.png"
        Image.fromarray(pixels).save(path)
        answer = radalike("search", path, "--library", library_copy, "--json").json
        assert answer["good_match"] is good


def test_of_words_nothing_is_said(radalike: Radalike, library_copy: Path) -> None:
    with patch.object(Calibration, "current") as calibrating:
        radalike("search", "--text", "a chest", "--library", library_copy, "--json")
    calibrating.assert_not_called()


def test_a_part_that_is_broken_hinders_no_search(
    radalike: Radalike, library_copy: Path, tmp_path: Path
) -> None:
    path = tmp_path / "query.png"
    Image.fromarray(picture("US", 4)).save(path)
    rmtree(library_copy / "closeness", ignore_errors=True)  # of another test's search
    for part in (library_copy / "embeddings").rglob("part-*"):
        part.write_bytes(b"broken")
    answer = radalike("search", path, "--library", library_copy, "--json")
    assert answer.code == 0
    assert answer.json["good_match"] is None
    assert len(answer.json["hits"]) == 10
    assert "not known" in answer.err
