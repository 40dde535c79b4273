from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from radalike.catalog.runs import stored_runs
from radalike.cli.main import app
from radalike.errors import IndexUnavailable, RadalikeError, UnknownName
from tests.conftest import LibraryOpener

PLAIN = CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"})
GOOD = ("-s", "exact", "-s", "built")
BAD = ("-s", "built", "-s", "binary")


@pytest.fixture(scope="module")
def folder(small_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 images, 48 of which have one label: too few to decide by P@10."""
    return Path(copytree(small_library, tmp_path_factory.mktemp("measured") / "library"))


def run(folder: Path, *arguments: str) -> Result:
    return PLAIN.invoke(app, ["eval", "ann", *arguments, "--library", str(folder)])


def answer(folder: Path, *arguments: str) -> Any:
    result = run(folder, *arguments, "--json")
    return result.exit_code, json.loads(result.output)


def test_settings_that_cost_nothing(folder: Path) -> None:
    code, written = answer(folder, *GOOD)
    assert code == 0
    assert written["failed"] == []
    assert [each["setting"] for each in written["settings"]] == ["exact", "built"]
    assert (written["n_index"], written["n_queries"]) == (60, 60)
    assert [each["share"] for each in written["filters"]] == [1.0, pytest.approx(0.2)]  # effusion
    assert written["missing"] == [0.02, 0.001]
    measured = written["settings"][1]["filters"][0]
    assert measured["n_scored"] == 48
    assert measured["depths"][0]["p99"] > 0


def test_a_setting_that_costs_too_much_is_exit_1(folder: Path) -> None:
    result = run(folder, *BAD, "--selectivity", "100", "--draws", "0")
    assert result.exit_code == 1
    said = " ".join(result.output.split())
    assert "FAILS: binary by recall@10 under no filter." in said
    assert "reads every vector" in said


def test_people_read_a_table(folder: Path) -> None:
    said = " ".join(run(folder, *GOOD, "--sample", "25").output.split())
    for text in ("25 queries among 60 images", "no filter: 100 % of the images", "built"):
        assert text in said
    for text in ("recall@10", "RBO", "ms", "about 2 %, 0.1 %", "No setting fails"):
        assert text in said


def test_the_run_is_stored_without_an_image(folder: Path, open_library: LibraryOpener) -> None:
    answer(folder, "-s", "built", "--queries", "split=test", "--sample", "9")
    with open_library(folder) as library:
        (run_,) = stored_runs(library.catalog.engine, "ann", 1)
        kept = json.dumps([run_.asked, run_.found])
        assert not [image for image in library.metadata() if image in kept]
    assert "patient-" not in kept
    assert run_.asked["queries"] == ["split=test"]
    assert run_.asked["settings"] == ["built"]
    assert run_.found["n_could_be_asked"] == 15
    assert run_.found["n_queries"] == 9


def test_without_a_built_index(library_copy: Path) -> None:
    rmtree(library_copy / "index")
    result = run(library_copy, "-s", "built")
    assert isinstance(result.exception, IndexUnavailable)
    assert "radalike index build" in result.exception.hint
    code, written = answer(library_copy, "-s", "float16", "--selectivity", "100")
    assert (code, written["settings"][0]["backend"]) == (0, "edge")
    assert list((library_copy / "evaluation").iterdir()) == []


def test_a_setting_that_is_none(folder: Path) -> None:
    result = run(folder, "-s", "int9")
    assert isinstance(result.exception, UnknownName)
    assert "int8" in result.exception.hint or "int8" in str(result.exception)
    wrong = run(folder, "-s", "built", "--selectivity", "0")
    assert isinstance(wrong.exception, RadalikeError)
    assert wrong.exception.exit_code == 2


def test_help_shows_an_example(folder: Path) -> None:
    said = run(folder, "--help").output
    assert "Example: radalike eval ann" in " ".join(said.split())
