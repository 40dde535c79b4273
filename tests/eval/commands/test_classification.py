"""`radalike eval knn` and `radalike eval probe`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from radalike.catalog.runs import stored_runs
from radalike.cli.main import app
from radalike.errors import RadalikeError, UsageError
from tests.conftest import LibraryOpener
from tests.eval.commands.asking import PLAIN, answer, run


def test_knn_tells_modalities_apart(folder: Path) -> None:
    written = answer(folder, "knn", "--k", "3", "--relevance", "modality")
    assert (written["n_queries"], written["n_index"], written["n_classes"]) == (15, 45, 3)
    assert written["k"] == 3
    assert set(written["micro"]) == {"roc_auc", "f1", "precision", "recall", "accuracy"}
    assert set(written["micro"].values()) == set(written["macro"].values()) == {1.0}
    assert written["intervals"]["draws"] == 1000


def test_knn_chooses_k(folder: Path) -> None:
    asked = ("knn", "--validation", "split=test", "--queries", "split=train", "--index", "all")
    chosen = answer(folder, *asked, "--draws", "0")
    assert (chosen["chosen_on"], len(chosen["by_k"]), chosen["overlap"]) == (12, 100, 36)
    assert chosen["intervals"] is None
    assert chosen["k"] == chosen["by_k"].index(max(chosen["by_k"])) + 1
    assert chosen["left_out"] == {"index": 12, "queries": 9}
    told = " ".join(run(folder, *asked, "--as-study", "--exclude", "same-patient").split())
    for text in (
        "is the best of 1 to 100 on 12 validation images",
        "its label leaks",
        "its script would take k =",
        "Without same-patient",
        "36 queries are in the index too",
        "Left out: 9 queries images",
    ):
        assert text in told


def test_knn_says_how_to_go_on_without_validation_images(folder: Path) -> None:
    result = PLAIN.invoke(app, ["eval", "knn", "--library", str(folder)])
    error = result.exception
    assert isinstance(error, RadalikeError)
    assert "--k 10" in error.hint
    assert error.exit_code == 2


def test_k_is_given_or_chosen(folder: Path) -> None:
    asked = ["eval", "knn", "--k", "3", "--validation", "split=test", "--library", str(folder)]
    with pytest.raises(UsageError, match="nothing to choose"):
        PLAIN.invoke(app, asked, catch_exceptions=False)


@pytest.mark.parametrize("method", ["linear", "ridge"])
def test_probe_tells_modalities_apart(folder: Path, method: str) -> None:
    written = answer(folder, "probe", "--relevance", "modality", "--method", method)
    assert written["micro"]["accuracy"] > 0.6
    assert written["held_out"] is True
    assert written["n_index"] + written["n_validation"] == 45
    assert written["memory_bytes"] > 0
    again = answer(folder, "probe", "--relevance", "modality", "--method", method)
    assert again == written
    told = " ".join(
        run(
            folder, "probe", "--relevance", "modality", "--method", method, "--index", "all"
        ).split()
    )
    for text in ("held out of the index, whole patients, seed 0", "MiB", "Not learnt from: 15"):
        assert text in told
    assert ("steps only" in told) is (method == "linear")


def test_runs_are_stored_and_name_no_image(library_copy: Path, open_library: LibraryOpener) -> None:
    run(library_copy, "knn", "--k", "1")
    run(library_copy, "probe", "--method", "ridge")
    library = open_library(library_copy)
    stored = stored_runs(library.catalog.engine, None, 10)
    assert [each.command for each in stored] == ["probe", "knn"]
    written = json.dumps([[each.asked, each.found] for each in stored])
    assert not any(image in written for image in library.metadata())
    assert "patient-" not in written


def test_several_encoders_are_reported_side_by_side(folder: Path) -> None:
    twice = answer(
        folder, "knn", "--k", "1", *["--encoder", "efficientnet-lite0"] * 2, "--draws", "0"
    )
    assert [each["encoder"] for each in twice["encoders"]] == ["efficientnet-lite0"] * 2


@pytest.mark.parametrize("command", ["knn", "probe", "saturation"])
def test_help_shows_an_example(command: str) -> None:
    result = PLAIN.invoke(app, ["eval", command, "--help"])
    assert f"radalike eval {command} --" in result.output
