from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from radalike.catalog.runs import stored_runs
from tests.conftest import LibraryOpener
from tests.eval.commands import asking


def run(folder: Path, *arguments: str) -> str:
    return asking.run(folder, "saturation", *arguments)


def answer(folder: Path, *arguments: str) -> Any:
    return asking.answer(folder, "saturation", *arguments)


def test_the_curve(folder: Path) -> None:
    written = answer(folder)
    assert [step["size"] for step in written["curve"]] == [1, 3, 10, 24]
    assert [step["n_index"] for step in written["curve"]] == [2, 6, 20, 36]
    assert (written["draws"], written["metric"]) == (10, "P@1")
    for step in written["curve"]:
        assert 0 <= step["micro"]["low"] <= step["micro"]["mean"] <= step["micro"]["high"] <= 1
    assert answer(folder) == written


def test_options_reach_the_evaluation(folder: Path) -> None:
    written = answer(
        folder,
        "--size",
        "2",
        "--draws",
        "3",
        "--seed",
        "5",
        "--relevance",
        "modality",
        "--exclude",
        "same-patient",
    )
    assert [step["size"] for step in written["curve"]] == [2, 15]
    assert (written["draws"], written["seed"], written["exclude"]) == (3, 5, ["same-patient"])
    assert written["curve"][0]["micro"]["mean"] == 1.0  # nothing alike


def test_the_table_says_what_to_know(folder: Path) -> None:
    told = " ".join(run(folder, "--index", "all", "--queries", "all").split())
    for text in (
        "all (up to ",
        "95 % of draws",
        "48 queries are in the index too",
        "Left out: 12 index images without one label",
        "46 of 48 are scored",
    ):
        assert text in told


def test_the_run_is_stored(library_copy: Path, open_library: LibraryOpener) -> None:
    run(library_copy, "--draws", "2")
    library = open_library(library_copy)
    (stored,) = stored_runs(library.catalog.engine, "saturation", 10)
    assert stored.found["draws"] == 2
    written = json.dumps([stored.asked, stored.found])
    assert not any(image in written for image in library.metadata())
