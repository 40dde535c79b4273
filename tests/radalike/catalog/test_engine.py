"""Opening a catalog: what is migrated, what is refused, and how errors are named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from radalike.catalog.engine import database_errors, open_engine, transaction
from radalike.errors import InvalidSetting, LibraryError, LibraryTooNew, StorageFull


def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'catalog.sqlite'}"


def test_sqlite_is_durable_and_checks_references(tmp_path: Path) -> None:
    engine = open_engine(url(tmp_path))
    with engine.connect() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    engine.dispose()
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def test_a_catalog_of_a_newer_version_is_refused(catalog_url: str) -> None:
    engine = open_engine(catalog_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(LibraryTooNew, match="newer version") as caught:
        open_engine(catalog_url)
    assert "upgrade Radalike" in caught.value.hint


@pytest.mark.parametrize("wrong", ["", "nonsense", "mysql9://host/name", "catalog.sqlite"])
def test_a_url_that_names_no_database(wrong: str) -> None:
    with pytest.raises(InvalidSetting, match="catalog_url") as caught:
        open_engine(wrong)
    assert "postgresql+psycopg://" in caught.value.hint


def test_an_error_does_not_repeat_the_url() -> None:
    with pytest.raises(InvalidSetting) as caught:
        open_engine("nosuch://user:hunter2@host/name")
    assert "hunter2" not in f"{caught.value}{caught.value.hint}{caught.value.data}"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="cannot be opened"):
        open_engine(f"sqlite:///{tmp_path / 'none' / 'catalog.sqlite'}")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(LibraryError):
        open_engine(url(tmp_path))


def test_a_full_disk_has_its_name() -> None:
    full = OperationalError("INSERT …", {"id": "secret"}, Exception("database or disk is full"))
    with pytest.raises(StorageFull) as caught, database_errors():
        raise full
    assert caught.value.__cause__ is full
    assert "secret" not in str(caught.value)


def test_refused_operations_do_not_repeat_values() -> None:
    with pytest.raises(LibraryError) as caught, database_errors():
        raise IntegrityError("INSERT …", {"id": "secret"}, Exception("UNIQUE constraint"))
    assert "secret" not in f"{caught.value}{caught.value.hint}"


def test_a_transaction_is_all_or_nothing(catalog_url: str) -> None:
    engine = open_engine(catalog_url)
    insert = text("INSERT INTO projections (target, part) VALUES ('t', 'p')")

    def insert_twice() -> None:
        with transaction(engine) as connection:
            connection.execute(insert)
            connection.execute(insert)

    with pytest.raises(LibraryError):
        insert_twice()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM projections")).scalar() == 0
    engine.dispose()


OPEN_TOGETHER = """
import sys, time
from radalike.catalog import engine
read = engine._revision
def read_and_wait(opened):
    revision = read(opened)
    time.sleep(0.3)
    return revision
engine._revision = read_and_wait
print("ready", flush=True)
engine.open_engine(sys.stdin.readline().strip()).dispose()
"""


def test_two_processes_may_open_a_new_catalog_at_once(tmp_path: Path) -> None:
    """A search page and an ingest start together: both see that there are no tables yet."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN_TOGETHER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(url(tmp_path) + "\n")
        process.stdin.flush()
    errors = [process.communicate()[1].splitlines()[-1:] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
