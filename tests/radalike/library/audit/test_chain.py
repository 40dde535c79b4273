"""Whoever changes the audit with the database's own tools is found out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radalike.catalog.store import Catalog
from radalike.library.audit.audit import Audit, AuditAction
from radalike.library.audit.chain import Fault, Verification
from radalike.library.privacy.pseudonyms import Privacy

ENTRIES = 6
KEY = Privacy(b"k" * 32)
_TRIGGERS = ("audit_keeps_update", "audit_keeps_delete", "audit_keeps_replace")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog with six entries, without the triggers that would keep them."""
    path = tmp_path_factory.mktemp("audit") / "catalog.sqlite"
    catalog = Catalog.open(f"sqlite:///{path}")
    for number in range(ENTRIES):
        Audit(catalog.engine, KEY).write("jane", AuditAction.QUERY, "image", n=number)
    catalog.close()
    with closing(sqlite3.connect(path)) as database, database:
        for name in (*_TRIGGERS, "audit_end_keeps_delete"):
            database.execute(f"DROP TRIGGER {name}")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


Changed = Callable[..., Verification]


def after(
    written: Path, folder: Path, *statements: str, more: int = 0, key: Privacy = KEY
) -> Verification:
    """What is found when statements have been run on a copy, and `more` entries written."""
    path = folder / "catalog.sqlite"
    copyfile(written, path)
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            database.execute(statement)
    catalog = Catalog.open(f"sqlite:///{path}")
    audit = Audit(catalog.engine, key)
    for _ in range(more):
        audit.write("john", AuditAction.QUERY)
    found = audit.verify()
    catalog.close()
    return found


@pytest.fixture
def changed(written: Path, tmp_path: Path) -> Changed:
    def change(*statements: str, **more: Any) -> Verification:
        with TemporaryDirectory(dir=tmp_path) as folder:
            return after(written, Path(folder), *statements, **more)

    return change


def test_what_nobody_touched_is_intact(changed: Changed) -> None:
    assert changed() == Verification(ENTRIES, ())
    assert changed(more=2) == Verification(ENTRIES + 2, ())


def test_an_empty_audit_is_intact(tmp_path: Path) -> None:
    catalog = Catalog.open(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    assert Audit(catalog.engine, KEY).verify() == Verification(0, ())
    catalog.close()


@pytest.mark.parametrize("number", range(1, ENTRIES + 1))
@pytest.mark.parametrize(
    "change",
    [
        "who = 'john'",
        "action = 'export'",
        "at = datetime(at, '+1 second')",
        "subject = NULL",
        "detail = NULL",
        "detail = (SELECT detail FROM audit WHERE number = 7 - :number)",
    ],
)
def test_a_changed_entry_is_named(changed: Changed, number: int, change: str) -> None:
    statement = f"UPDATE audit SET {change} WHERE number = :number"
    for more in (0, 2):
        found = changed(statement.replace(":number", str(number)), more=more)
        assert [each.number for each in found.faults[:1]] == [number], (more, found)


@pytest.mark.parametrize("number", range(1, ENTRIES + 1))
def test_a_removed_entry_is_named(changed: Changed, number: int) -> None:
    for more in (0, 1):
        found = changed(f"DELETE FROM audit WHERE number = {number}", more=more)
        assert found == Verification(
            ENTRIES - 1 + more, (Fault(number, f"entry {number} is missing"),)
        )


def test_several_that_are_missing_are_named_at_once(changed: Changed) -> None:
    assert changed("DELETE FROM audit WHERE number IN (2, 3, 4)").faults == (
        Fault(2, "entries 2 to 4 are missing"),
    )
    assert changed("DELETE FROM audit").faults == (Fault(1, "entries 1 to 6 are missing"),)
    assert changed("DELETE FROM audit", more=1).faults == (Fault(1, "entries 1 to 6 are missing"),)


def test_entries_cannot_close_the_gap(changed: Changed) -> None:
    """Renumbered, or with the link of the row before the gap."""
    moved = "UPDATE audit SET number = number - 1 WHERE number > 3"
    assert changed("DELETE FROM audit WHERE number = 3", moved).faults
    linked = "UPDATE audit SET previous = (SELECT previous FROM audit WHERE number = 3)"
    both = ("DELETE FROM audit WHERE number = 3", moved)
    assert changed(linked + " WHERE number = 4", *both).faults


def test_an_entry_that_was_put_in_is_found(changed: Changed) -> None:
    copied = (
        "INSERT INTO audit SELECT {0}, at, 'john', action, subject, detail, previous FROM audit"
    )
    last = changed(copied.format(7) + " WHERE number = 6")
    assert [each.number for each in last.faults] == [6]
    first = changed(copied.format(0) + " WHERE number = 1")
    assert [each.number for each in first.faults] == [0, 1]
    again = changed(copied.format(7) + " WHERE number = 6", more=2)
    assert again.faults


@pytest.mark.parametrize("more", [0, 2])
def test_the_end_cannot_be_taken_away(changed: Changed, more: int) -> None:
    assert changed("DELETE FROM audit_end", more=more).faults
    assert changed("UPDATE audit_end SET sealed = x'00'", more=more).faults
    assert changed("DELETE FROM audit_end", "DELETE FROM audit WHERE number > 3", more=more).faults


def test_a_library_with_another_key_cannot_vouch_for_it(changed: Changed) -> None:
    assert len(changed(key=Privacy(b"o" * 32)).faults) == ENTRIES


@settings(max_examples=30)
@given(order=st.permutations(range(1, ENTRIES + 1)))
def test_any_order_but_the_written_one_is_found(written: Path, order: list[int]) -> None:
    moved = [
        f"UPDATE audit SET number = {-new} WHERE number = {old}"
        for old, new in enumerate(order, start=1)
    ]
    with TemporaryDirectory() as folder:
        found = after(written, Path(folder), *moved, "UPDATE audit SET number = -number")
    assert (found.faults == ()) == (order == sorted(order))
