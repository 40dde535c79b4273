"""`radalike audit`."""

from __future__ import annotations

import csv
import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from radalike.library import Library
from radalike.library.audit.audit import AuditAction
from radalike.settings import load_settings
from tests.radalike.cli.conftest import Radalike

IMAGE = "0dbd6b3c-5d5c-5d0b-9d2c-1e6a7a2b3c4d"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A library without images, and with three entries."""
    path = tmp_path / "library"
    with Library.open(path, create=True, settings=load_settings()) as library:
        library.audit.write("jane", AuditAction.QUERY, kind="text", text="=cmd()")
        library.audit.write("=john", AuditAction.OPEN_RECORD, IMAGE)
        library.audit.write("jane", AuditAction.SIGN_OUT)
    return path


def test_list(radalike: Radalike, root: Path) -> None:
    at = ("--library", root)
    read, *listed = radalike("audit", "list", *at, "--json").json
    assert (read["action"], read["detail"]) == ("audit_read", {"how": "list"})
    assert read["who"].startswith("command line: ")
    assert [(each["number"], each["who"]) for each in listed] == [
        (3, "jane"),
        (2, "=john"),
        (1, "jane"),
    ]
    assert listed[2]["detail"] == {"kind": "text", "text": "=cmd()"}
    assert "sign_out" in radalike("audit", "list", *at).out


def test_what_is_listed_is_chosen(radalike: Radalike, root: Path) -> None:
    def numbers(*options: object) -> list[int]:
        answer = radalike("audit", "list", "--library", root, "--json", *options)
        return [each["number"] for each in answer.json if each["action"] != "audit_read"]

    assert numbers("--who", "jane") == [3, 1]
    assert numbers("--action", "open_record") == [2]
    assert numbers("--image", IMAGE) == [2]
    assert numbers("--before", 3, "--limit", 1) == [2]
    assert numbers("--until", "2020-01-01") == []
    assert numbers("--since", "2020-01-01", "--who", "=john") == [2]
    answer = radalike("audit", "list", "--library", root, "--action", "opened_record")
    assert answer.code == 2
    assert "open_record" in answer.err


def test_export_for_spreadsheets(radalike: Radalike, root: Path, tmp_path: Path) -> None:
    output = tmp_path / "audit.csv"
    answer = radalike("audit", "export", "-o", output, "--library", root)
    assert (answer.code, answer.out) == (0, f"4 entries are in {output}.\n")
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    with output.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["who"] for row in rows[:3]] == ["jane", "'=john", "jane"]
    assert json.loads(rows[0]["detail"]) == {"kind": "text", "text": "=cmd()"}
    assert rows[3]["action"] == "audit_read"


def test_export_for_programs(radalike: Radalike, root: Path, tmp_path: Path) -> None:
    output = tmp_path / "audit.jsonl"
    output.write_text("old")
    command = ("audit", "export", "-o", output, "--who", "jane", "--library", root, "--json")
    assert radalike(*command).json == {"entries": 2, "file": str(output)}
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert [line["number"] for line in lines] == [1, 3]


@pytest.mark.parametrize("name", ["audit.xlsx", "audit", "missing/audit.csv"])
def test_a_file_that_cannot_be(radalike: Radalike, root: Path, tmp_path: Path, name: str) -> None:
    answer = radalike("audit", "export", "-o", tmp_path / name, "--library", root)
    assert (answer.code, answer.out) == (2, "")
    assert [each.name for each in tmp_path.iterdir()] == ["library"]


def test_verify(radalike: Radalike, root: Path) -> None:
    command = ("audit", "verify", "--library", root)
    assert radalike(*command).out == "3 entries, each as it was written.\n"
    assert radalike(*command, "--json").json == {"entries": 3, "intact": True, "faults": []}
    with closing(sqlite3.connect(root / "catalog.sqlite")) as database, database:
        database.execute("DROP TRIGGER audit_keeps_update")
        database.execute("UPDATE audit SET who = 'nobody', detail = x'00' WHERE number = 2")
    answer = radalike(*command)
    assert answer.code == 1
    assert "entry 2 is not as it was when entry 3 was written" in answer.words
    faults = radalike(*command, "--json").json["faults"]
    assert [each["number"] for each in faults] == [2]
    assert "cannot be opened" in radalike("audit", "list", "--library", root).out
