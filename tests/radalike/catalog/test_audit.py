"""The audit's table, on every database: rows go in, and nothing else is possible."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import text

from radalike.catalog.audit import (
    AuditAction,
    AuditFilter,
    AuditRow,
    append,
    each_row,
    highest_number,
    rows,
    sealed_end,
)
from radalike.catalog.engine import transaction
from radalike.catalog.store import Catalog
from radalike.errors import LibraryError
from radalike.library.audit.audit import Audit
from radalike.library.privacy.pseudonyms import Privacy

START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
KEY = b"k" * 32
ROOT = Path(__file__).parents[3]


def put(catalog: Catalog, who: str, action: str = "query", subject: str | None = None) -> int:
    def chained(end: bytes | None, highest: int) -> tuple[AuditRow, bytes]:
        number = highest + 1
        at = START + timedelta(minutes=number)
        row = AuditRow(number, at, who, action, subject, b"sealed", (end or b"none").decode())
        return row, f"end {number}".encode()

    return append(catalog.engine, chained)


def numbers(catalog: Catalog, **wanted: object) -> list[int]:
    condition = AuditFilter(**wanted)  # type: ignore[arg-type]
    oldest_first = [row.number for row in each_row(catalog.engine, condition)]
    newest_first = [row.number for row in rows(catalog.engine, condition, 99)]
    assert oldest_first == newest_first[::-1]
    return newest_first


def test_rows_come_back_as_they_were_put_in(catalog: Catalog) -> None:
    assert (sealed_end(catalog.engine), highest_number(catalog.engine)) == (None, 0)
    assert [put(catalog, "jane"), put(catalog, "john", "export", "s" * 32)] == [1, 2]
    assert list(each_row(catalog.engine)) == [
        AuditRow(1, START + timedelta(minutes=1), "jane", "query", None, b"sealed", "none"),
        AuditRow(2, START + timedelta(minutes=2), "john", "export", "s" * 32, b"sealed", "end 1"),
    ]
    assert (sealed_end(catalog.engine), highest_number(catalog.engine)) == (b"end 2", 2)


def test_entries_are_chosen(catalog: Catalog) -> None:
    for who, action, subject in (
        ("jane", "query", None),
        ("john", "query", "a" * 32),
        ("jane", "open_record", "a" * 32),
        ("jane", "open_record", "b" * 32),
    ):
        put(catalog, who, action, subject)
    assert numbers(catalog) == [4, 3, 2, 1]
    assert numbers(catalog, who="jane") == [4, 3, 1]
    assert numbers(catalog, action=AuditAction.OPEN_RECORD) == [4, 3]
    assert numbers(catalog, subject="a" * 32) == [3, 2]
    assert numbers(catalog, before=3, who="jane") == [1]
    second = START + timedelta(minutes=2)
    assert numbers(catalog, since=second) == [4, 3, 2]
    assert numbers(catalog, until=second) == [1]
    assert numbers(catalog, since=second.replace(tzinfo=None)) == [4, 3, 2]
    east = second.astimezone(timezone(timedelta(hours=9)))
    assert numbers(catalog, since=east, until=east + timedelta(minutes=1)) == [2]
    assert [row.number for row in rows(catalog.engine, AuditFilter(), 2)] == [4, 3]


REFUSED = [
    "UPDATE audit SET who = 'nobody' WHERE number = 1",
    "DELETE FROM audit",
    "DELETE FROM audit WHERE number = 2",
    "DELETE FROM audit_end",
]
_UPSERT = "ON CONFLICT (number) DO UPDATE SET who = 'nobody'"
REFUSED_BY_SQLITE = [
    "REPLACE INTO audit SELECT number, at, 'nobody', action, subject, detail, previous FROM audit",
    f"INSERT INTO audit SELECT * FROM audit WHERE true {_UPSERT}",
]
REFUSED_BY_POSTGRESQL = [
    "TRUNCATE audit",
    "TRUNCATE audit_end",
    f"INSERT INTO audit SELECT * FROM audit {_UPSERT}",
]


def test_the_database_refuses_to_change_or_remove_a_row(catalog: Catalog) -> None:
    put(catalog, "jane")
    put(catalog, "john")
    before = list(each_row(catalog.engine)), sealed_end(catalog.engine)
    sqlite = catalog.engine.dialect.name == "sqlite"
    for statement in REFUSED + (REFUSED_BY_SQLITE if sqlite else REFUSED_BY_POSTGRESQL):
        with pytest.raises(LibraryError), transaction(catalog.engine) as connection:
            connection.execute(text(statement))
        assert (list(each_row(catalog.engine)), sealed_end(catalog.engine)) == before, statement


def test_an_entry_that_cannot_be_written_leaves_the_end_as_it_was(catalog: Catalog) -> None:
    put(catalog, "jane")
    row = AuditRow(1, START, "john", "query", None, None, "")
    with pytest.raises(LibraryError):
        append(catalog.engine, lambda _end, _highest: (row, b"new"))
    assert sealed_end(catalog.engine) == b"end 1"
    assert put(catalog, "john") == 2


WRITE = """
import sys
from radalike.catalog.store import Catalog
from tests.radalike.catalog.test_audit import write_from_threads
catalog = Catalog.open(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
write_from_threads(catalog)
"""
_EACH, _THREADS, _PROCESSES = 10, 3, 1


def write_from_threads(catalog: Catalog) -> None:
    audit = Audit(catalog.engine, Privacy(KEY))

    def write() -> None:
        for number in range(_EACH):
            audit.write("jane", AuditAction.QUERY, text=f"query {number}")

    threads = [Thread(target=write) for _ in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_threads_and_processes_write_one_chain(catalog: Catalog, catalog_url: str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITE, catalog_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        for _ in range(_PROCESSES)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    write_from_threads(catalog)
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0] * _PROCESSES
    found = Audit(catalog.engine, Privacy(KEY)).verify()
    assert (found.entries, found.faults) == (_EACH * _THREADS * (_PROCESSES + 1), ())


def test_words_and_filters_are_not_in_the_database_in_clear(catalog: Catalog) -> None:
    Audit(catalog.engine, Privacy(KEY)).write("jane", AuditAction.QUERY, text="a rare disease")
    with catalog.engine.connect() as connection:
        stored = repr(connection.execute(text("SELECT * FROM audit")).all())
    assert "jane" in stored
    assert "rare" not in stored
