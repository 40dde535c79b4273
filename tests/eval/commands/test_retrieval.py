from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest

from radalike.catalog.runs import stored_runs
from radalike.cli.main import app
from radalike.errors import RadalikeError
from tests.conftest import LibraryOpener
from tests.eval.commands.asking import PLAIN, answer, run


def test_the_study_s_question_is_the_default(folder: Path) -> None:
    written = answer(folder, "retrieval")
    assert (written["n_queries"], written["n_index"]) == (12, 36)
    assert list(written["micro"]) == ["P@1", "P@3", "P@5", "P@10"]
    assert written["relevance"] == "label"
    assert written["left_out"] == {"index": 9, "queries": 3}
    assert written["intervals"]["draws"] == 1000
    low, high = written["intervals"]["micro"]["P@1"]
    assert low <= written["micro"]["P@1"] <= high


def test_options_reach_the_evaluation(folder: Path) -> None:
    modality = answer(folder, "retrieval", "--relevance", "modality", "-m", "P@1", "-m", "RR@5")
    assert list(modality["micro"]) == ["P@1", "RR@5"]
    assert modality["n_queries"] == 15
    assert modality["micro"]["P@1"] == 1.0  # three kinds that look nothing like each other
    of_ct = answer(folder, "retrieval", "--queries", "split=test", "--queries", "modality=CT")
    assert of_ct["n_queries"] < 12
    everything = answer(folder, "retrieval", "--index", "all", "--queries", "all", "--draws", "0")
    assert (everything["overlap"], everything["intervals"]) == (48, None)


def test_patients_are_left_out_on_request(folder: Path) -> None:
    apart = answer(folder, "retrieval", "--exclude", "same-patient", "--exclude", "duplicates")
    assert apart["exclude"] == ["same-patient", "duplicates"]
    assert apart["n_queries"] == 12


def test_several_labels(folder: Path) -> None:
    shared = answer(folder, "retrieval", "--relevance", "any-label", "-m", "nDCG@5", "-m", "AP@5")
    graded = answer(folder, "retrieval", "--relevance", "label-jaccard", "-m", "nDCG@5")
    assert shared["n_queries"] == graded["n_queries"] == 15
    assert 0 < graded["micro"]["nDCG@5"] <= 1


def test_the_table_says_what_to_know(folder: Path) -> None:
    written = " ".join(run(folder, "retrieval", "--by", "modality", "--by", "class-size").split())
    for text in (
        "12 queries among 36 images",
        "P@10",
        "95 % interval",
        "By modality",
        "thyroid"[:0],
    ):
        assert text in written
    assert "Left out: 9 index images without one label." in written
    assert "nan" not in written


def test_the_published_numbers_stand_beside_those_of_the_study_s_encoders(folder: Path) -> None:
    assert "The study has no numbers for efficientnet-lite0" in run(
        folder, "retrieval", "--published"
    )


def test_the_csv_has_the_study_s_columns(folder: Path, tmp_path: Path) -> None:
    written = answer(folder, "retrieval", "--csv", str(tmp_path / "retrieval.csv"))
    with (tmp_path / "retrieval.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 99
    assert float(rows[0]["micro_precision_mean"]) == written["micro"]["P@1"]
    assert float(rows[9]["macro_precision_mean"]) == written["macro"]["P@10"]


def test_every_evaluation_is_stored_and_names_no_image(
    folder: Path, open_library: LibraryOpener
) -> None:
    written = answer(folder, "retrieval", "--by", "label", "--draws", "10")
    listed = answer(folder, "runs", "--command", "retrieval", "--limit", "1")["runs"]
    assert listed[0]["found"] == written
    assert listed[0]["encoder"] == "efficientnet-lite0"
    assert listed[0]["asked"]["index"] == ["split=train"]
    assert answer(folder, "runs", str(listed[0]["number"])) == listed[0]
    assert "split=train" in run(folder, "runs")
    library = open_library(folder)
    stored = json.dumps([[run.asked, run.found] for run in stored_runs(library.catalog.engine)])
    assert not [record.id for record in library.records() if record.id in stored]


def refused(folder: Path, *arguments: str) -> str:
    """What is said, with exit code 2."""
    error = PLAIN.invoke(app, ["eval", *arguments, "--library", str(folder)]).exception
    assert isinstance(error, RadalikeError)
    assert error.exit_code == 2
    assert error.hint
    return str(error)


def test_a_run_that_is_not_there(folder: Path) -> None:
    assert "no evaluation 999" in refused(folder, "runs", "999")


def test_a_library_without_runs(small_library: Path, tmp_path: Path) -> None:
    assert "No evaluation is stored yet" in run(copytree(small_library, tmp_path / "l"), "runs")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--index", "split=val"], "no index image"),
        (["--queries", "split=val"], "no query image"),
        (["--relevance", "modalty"], "Did you mean modality"),
        (["--metric", "precision"], "unknown metric"),
        (["--exclude", "me"], "unknown exclusion"),
        (["--by", "colour"], "unknown grouping"),
        (["--given", "colour"], "unknown column"),
        (["--encoder", "biomedclop"], "Did you mean biomedclip"),
    ],
)
def test_wrong_requests_say_the_way_out(folder: Path, arguments: list[str], message: str) -> None:
    assert message in refused(folder, "retrieval", *arguments)


def test_help_shows_an_example() -> None:
    assert (
        "radalike eval retrieval --queries"
        in PLAIN.invoke(app, ["eval", "retrieval", "--help"]).output
    )


def test_registering_loads_nothing_heavy() -> None:
    code = (
        "import sys, typer; from eval.commands import register; register(typer.Typer());"
        "heavy = ('numpy', 'faiss', 'pandas', 'torch', 'scipy', 'sklearn', 'matplotlib', 'h5py');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
