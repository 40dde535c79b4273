"""Opening a catalog database: SQLite in the library's folder, or any SQLAlchemy URL."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from radalike.catalog.schema import HEAD_REVISION
from radalike.errors import InvalidSetting, LibraryError, LibraryTooNew, StorageFull

_BUSY_MILLISECONDS = 30_000
_RACE_SECONDS = 5.0


def open_engine(url: str | URL) -> Engine:
    """An engine whose tables are at HEAD_REVISION, migrated there when they were older.

    Raises InvalidSetting for a URL that names no database, LibraryTooNew when a newer Radalike
    has migrated it, LibraryError when it cannot be reached.
    """
    try:
        engine = create_engine(url)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as exc:
        raise InvalidSetting(
            "catalog_url names no database that can be opened",
            hint="for PostgreSQL: postgresql+psycopg://USER:PASSWORD@HOST/NAME, with the extra "
            "radalike[postgres]",
        ) from exc
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
    try:
        with database_errors():
            _migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _configure_sqlite(connection: Any, _record: object) -> None:
    # WAL: readers never wait for the ingest; FULL: what is committed survives a power cut.
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
    _set_journal(cursor)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _set_journal(cursor: Any) -> None:
    """Write-ahead journal: a change, once in a database's life, that waits for no lock itself."""
    deadline = time.monotonic() + _RACE_SECONDS
    while cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _migrate(engine: Engine) -> None:
    if _revision(engine) == HEAD_REVISION:
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, HEAD_REVISION)
            connection.commit()
    except CommandError as exc:
        raise LibraryTooNew(
            "the catalog was written by a newer version of Radalike",
            hint="upgrade Radalike, or open a copy of the library from before",
        ) from exc
    except DBAPIError:
        if not _migrated_by_another(engine):
            raise


def _migrated_by_another(engine: Engine) -> bool:
    """Whether a process that opened the catalog at the same moment brings it to HEAD_REVISION."""
    deadline = time.monotonic() + _RACE_SECONDS
    while time.monotonic() < deadline:
        if _revision(engine) == HEAD_REVISION:
            return True
        time.sleep(0.05)
    return False


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return None if revision is None else str(revision)


@contextmanager
def database_errors() -> Iterator[None]:
    """Database errors as ours: a full disk by name; statements and values are never passed on."""
    try:
        yield
    except OperationalError as exc:
        if "disk is full" in str(exc.orig).lower() or "no space left" in str(exc.orig).lower():
            raise StorageFull(
                "no room left for the catalog", hint="free some space and run the same again"
            ) from exc
        raise LibraryError(
            "the catalog cannot be opened or written",
            hint="check that it exists, is readable, and no other program holds it",
        ) from exc
    except DBAPIError as exc:
        raise LibraryError(
            f"the catalog refused an operation ({type(exc.orig).__name__})",
            hint="run the same again; if it stays so, check the catalog: `radalike index check`",
        ) from exc


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    with database_errors(), engine.begin() as connection:
        yield connection
