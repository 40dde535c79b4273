"""`radalike eval compare`, of a small library with two encoders."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from typer.testing import CliRunner

from radalike.catalog.runs import stored_runs
from radalike.cli.main import app
from radalike.encoders.base import Encoder
from radalike.errors import UnknownName, UsageError
from tests.conftest import LibraryOpener, opened

PLAIN = CliRunner(env={"COLUMNS": "120", "NO_COLOR": "1"})
DEFAULT = "efficientnet-lite0"


@pytest.fixture(scope="module")
def folder(small_library: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = Path(copytree(small_library, tmp_path_factory.mktemp("compared") / "library"))
    with opened(path, encoder) as library:
        library.adapt("whitened", method="whiten", labels="modality")
    return path


def run(folder: Path, *arguments: str) -> str:
    result = PLAIN.invoke(app, ["eval", "compare", *arguments, "--library", str(folder)])
    assert result.exit_code == 0, result.output
    return result.output


def answer(folder: Path, *arguments: str) -> Any:
    return json.loads(run(folder, *arguments, "--json"))


def refused(folder: Path, *arguments: str) -> BaseException | None:
    return PLAIN.invoke(app, ["eval", "compare", *arguments, "--library", str(folder)]).exception


def test_all_encoders_are_compared_unless_told_otherwise(folder: Path) -> None:
    found = answer(folder, "--draws", "50", "--relevance", "modality")
    assert found["sides"] == [DEFAULT, "whitened"]
    (pair,) = found["pairs"]
    assert (pair["queries"], pair["patients"], pair["without_patient"]) == (15, 3, 0)
    names = [f"{each['mean']} {each['metric']}" for each in found["differences"]]
    assert names[:2] == ["micro P@1", "macro P@1"]
    assert len(names) == 8
    assert found == answer(folder, DEFAULT, "whitened", "--draws", "50", "--relevance", "modality")


def test_the_table_says_it_in_words(folder: Path) -> None:
    written = run(folder, DEFAULT, f"{DEFAULT},same-patient", "-m", "P@1")
    for text in ("A = efficientnet-lite0, B = efficientnet-lite0,same-patient", "micro P@1",
                 "95 % interval", "no difference shown", "corrected for 2 tests"):  # fmt: skip
        assert text in written


def test_what_was_found_is_stored(folder: Path, open_library: LibraryOpener) -> None:
    found = answer(folder, DEFAULT, "whitened", "--exclude", "same-patient", "--draws", "20")
    engine = open_library(folder).catalog.engine
    stored = stored_runs(engine, "compare", 1)[0]
    assert stored.found == found
    assert stored.asked["sides"] == [DEFAULT, "whitened"]
    assert stored.asked["exclude"] == ["same-patient"]


def test_what_cannot_be_compared_is_said_with_a_way_out(
    folder: Path, small_library: Path, tmp_path: Path
) -> None:
    single = Path(copytree(small_library, tmp_path / "library"))
    error = refused(single)
    assert isinstance(error, UsageError)
    assert "efficientnet-lite0 alone cannot be compared" in str(error)
    assert "radalike adapt" in error.hint
    missing = refused(single, DEFAULT, "biomedclip")
    assert isinstance(missing, UsageError)
    assert "no vectors of biomedclip" in str(missing)
    assert "radalike encode --encoder biomedclip" in missing.hint
    assert isinstance(refused(folder, DEFAULT, "whitend"), UnknownName)
    assert isinstance(refused(folder, DEFAULT, "whitened,same-patiens"), UnknownName)
