"""`radalike ingest-runs`."""

from __future__ import annotations

from pathlib import Path

import pytest

from radalike.library import Library
from tests.ingest.archives import write_zip
from tests.ingest.commands.conftest import Radalike
from tests.ingest.files import write_png


def test_ingests_are_kept_without_where_their_files_were(radalike: Radalike, export: Path) -> None:
    new = export.parent / "new"
    Library.open(new, create=True).close()
    assert "Nothing has been ingested yet" in radalike("ingest-runs", "--library", new).out
    done = radalike("ingest", export, "--dataset", "ward", "--json").json
    radalike("ingest", export)
    listed = radalike("ingest-runs", "--json")
    assert [run["added"] for run in listed.json["runs"]] == [0, 3]
    assert (listed.json["runs"][1]["sources"], listed.json["runs"][1]["dataset"]) == (
        ["folder"],
        "ward",
    )
    assert {
        name: listed.json["runs"][1][name] for name in ("discovered", "rejects", "seconds")
    } == {name: done[name] for name in ("discovered", "rejects", "seconds")}
    assert str(export) not in listed.out
    assert "NotAnImage" not in radalike("ingest-runs", "-n", "1").out
    assert "No evaluation is stored yet" in radalike("eval", "runs").out


def test_past_ingests_fit_into_a_terminal(
    radalike: Radalike, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    another = write_png(export.parent / "another.png", 9)
    write_zip(export.parent / "more.zip", {"a.png": another.read_bytes()})
    radalike("ingest", export)
    radalike("ingest", export, export.parent / "more.zip")
    lines = radalike("ingest-runs").out.splitlines()
    assert max(map(len, lines)) <= 80
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if "│" in line]
    told = [" ".join(filter(None, column)) for column in zip(*rows, strict=True)]
    assert (told[0], told[2], told[4]) == ("2 1", "archive, folder folder", "1 3")
    ends = "1 added, 3 known, 1 skipped, 1 rejected 3 added, 1 skipped, 1 rejected"
    assert told[3] == ends
