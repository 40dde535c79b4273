from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer

from radalike.cli.main import app
from radalike.errors import UnknownName, UsageError
from search_ui.jobs.requests import (
    EVALUATIONS,
    evaluation_request,
    index_build_request,
    ingest_request,
)


def test_an_ingest_names_its_folder_to_its_process_only(tmp_path: Path) -> None:
    folder = tmp_path / "exports" / "MUELLER^HANS"
    folder.mkdir(parents=True)
    request = ingest_request({"exports": tmp_path / "exports"}, "exports", folder.name, "--ward")
    assert request.arguments == ("ingest", "--json", "--dataset=--ward", "--", str(folder))
    assert request.about == "a folder below exports"
    assert ingest_request({"exports": folder}, "exports", "").about == "exports"


def test_values_cannot_pass_for_options() -> None:
    request = evaluation_request(
        "knn",
        "--library",
        {"k": 5, "exclude": ["--csv", "same-patient"], "as_study": True, "draws": None},
    )
    assert request.arguments == (
        *("eval", "knn", "--json", "--encoder=--library", "--k=5"),
        *("--exclude=--csv", "--exclude=same-patient", "--as-study"),
    )
    flags = {"leakage": False}
    assert evaluation_request("failures", "", flags).arguments[-1] == "--no-leakage"
    assert index_build_request(full=True).arguments == ("index", "build", "--json", "--full")


@pytest.mark.parametrize("kind", EVALUATIONS)
def test_the_command_line_knows_every_option(kind: str) -> None:
    group: Any = typer.main.get_command(app)
    command = group.commands["eval"].commands[kind]
    known = {name for each in command.params for name in each.opts}
    assert {f"--{name}" for name in EVALUATIONS[kind]} <= known
    assert not EVALUATIONS[kind] & {"csv", "html", "sheet", "picture", "ids", "library"}


def test_what_may_not_be_started() -> None:
    with pytest.raises(UnknownName):
        evaluation_request("ann")
    with pytest.raises(UnknownName):
        evaluation_request("failures", "", {"sheet": "/tmp/x.png"})
    with pytest.raises(UsageError, match="NUL"):
        evaluation_request("knn", "a\0b")
