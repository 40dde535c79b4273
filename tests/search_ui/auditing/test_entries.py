"""Entries of a real audit: as rows, verified, and as files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from radalike.library import Library
from radalike.library.audit.audit import Audit, AuditAction
from search_ui.auditing.choice import PAGE, Choice, Turned
from search_ui.auditing.entries import (
    ACTION_TITLES,
    ENTRY_COLUMNS,
    Verified,
    action_title,
    entry_page,
    verified_in_words,
)
from search_ui.auditing.export import exported, most_entries

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
IMAGE = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library", create=True) as library:
        yield library


@pytest.fixture
def audit(library: Library) -> Audit:
    return library.audit


def test_every_action_has_a_title() -> None:
    assert set(ACTION_TITLES) == set(AuditAction)
    assert action_title("of a newer version") == "of a newer version"


def test_a_row(audit: Audit) -> None:
    audit.write("ada", AuditAction.QUERY, IMAGE, limit=20, exact=True, words="", filters={"a": [1]})
    page = entry_page(audit, Turned())
    row = dict(zip(ENTRY_COLUMNS, page.rows[0], strict=True))
    assert (row["Entry"], row["Who"], row["Action"]) == ("1", "ada", "searched")
    assert row["Detail"] == 'limit: 20; exact: yes; filters: {"a": [1]}'
    assert row["Image"] == audit.subject(IMAGE)
    assert IMAGE not in str(page)


def test_pages(audit: Audit) -> None:
    for number in range(PAGE + 3):
        audit.write("ada" if number % 2 else "bo", AuditAction.MARK)
    first = entry_page(audit, Turned())
    assert (first.rows[0][0], len(first.rows), first.more) == (str(PAGE + 3), PAGE, True)
    assert first.lowest is not None
    second = entry_page(audit, Turned().older(first.lowest))
    assert ([row[0] for row in second.rows], second.more) == (["3", "2", "1"], False)
    ada = entry_page(audit, Turned(Choice(who="ada")))
    assert {row[2] for row in ada.rows} == {"ada"}
    assert not ada.more
    nothing = entry_page(audit, Turned(Choice(who="eve")))
    assert (nothing.rows, nothing.lowest, nothing.more) == ((), None, False)


def test_what_was_done_with_a_record(audit: Audit) -> None:
    audit.write("ada", AuditAction.OPEN_RECORD, IMAGE)
    audit.write("ada", AuditAction.OPEN_RECORD, "another")
    page = entry_page(audit, Turned(Choice(image=f" {IMAGE.upper()} ")))
    assert [row[0] for row in page.rows] == ["1"]


def test_a_verification_in_words(library: Library) -> None:
    for _ in range(3):
        library.audit.write("ada", AuditAction.MARK)
    heading, _ = verified_in_words(Verified(library.audit.verify(), NOW))
    assert heading == "All 3 entries are there, each as it was written"
    with library.catalog.engine.begin() as connection:
        names = connection.scalars(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")
        )
        for name in list(names):
            connection.execute(text(f'DROP TRIGGER "{name}"'))
        connection.execute(text("DELETE FROM audit WHERE number = 2"))
    verified = Verified(library.audit.verify(), NOW)
    heading, said = verified_in_words(verified)
    assert not verified.intact
    assert "was changed" in heading
    assert "entry 2 is missing" in said


def test_an_export_is_an_entry_of_what_it_exports(audit: Audit) -> None:
    audit.write("ada", AuditAction.QUERY, IMAGE, words="a nodule")
    lines = exported(audit, "bo", Choice(), "JSONL").splitlines()
    first, second = (json.loads(line) for line in lines)
    assert first["detail"] == {"words": "a nodule"}
    assert (second["who"], second["action"]) == ("bo", "audit_read")
    assert second["detail"] == {"how": "export", "kind": "JSONL", "chosen": {}}
    table = exported(audit, "bo", Choice(who="ada", image=IMAGE), "CSV")
    assert len(table.splitlines()) == 2
    told = audit.entries(limit=1)[0]
    assert (told.subject, told.detail["chosen"]) == (audit.subject(IMAGE), {"who": "ada"})


def test_how_many_there_are_at_most(audit: Audit) -> None:
    assert most_entries(audit, Choice()) == 0
    for who in ("ada", "bo", "ada"):
        audit.write(who, AuditAction.MARK)
    assert most_entries(audit, Choice()) == 3
    assert most_entries(audit, Choice(who="bo")) == 3
    assert most_entries(audit, Choice(last=date(2020, 1, 1))) == 0
