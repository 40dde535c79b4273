"""The audit's table: rows are put in, one after the other, and read; nothing else is possible.

Triggers of the database refuse to change or remove a row. What chains and seals the rows is
`radalike.library.audit.chain`, which has the library's key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, insert, select, text, update

from radalike.catalog.engine import database_errors, transaction
from radalike.catalog.schema import audit, audit_end

_END = 1  # the one row of `audit_end`
_LOCK = int.from_bytes(b"radaudit")
"""The key of PostgreSQL's advisory lock under which the next entry is written."""


class AuditAction(StrEnum):
    """What somebody did."""

    SIGN_IN = "sign_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGN_OUT = "sign_out"
    QUERY = "query"
    OPEN_RECORD = "open_record"
    EXPORT = "export"
    MARK = "mark"
    INGEST = "ingest"
    EVALUATE = "evaluate"
    BUILD_INDEX = "build_index"
    PEOPLE_CHANGED = "people_changed"
    AUDIT_READ = "audit_read"


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A row as it is stored. at: UTC. detail: sealed. previous: the link to the row before."""

    number: int
    at: datetime
    who: str
    action: str
    subject: str | None
    detail: bytes | None
    previous: str


_COLUMNS = tuple(AuditRow.__dataclass_fields__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries are meant; None: all. before: a number. since, until: UTC, until exclusive."""

    before: int | None = None
    who: str | None = None
    action: AuditAction | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def append(engine: Engine, chained: Callable[[bytes | None, int], tuple[AuditRow, bytes]]) -> int:
    """Put in the row that `chained` makes of the sealed end of the audit (None: there is none) and
    the highest number (0: no row), together with the new end. Its number.

    One writer at a time, of all threads and processes. Raises StorageFull, LibraryError.
    """
    with _alone(engine) as connection:
        sealed = connection.scalar(select(audit_end.c.sealed))
        highest = connection.scalar(select(func.max(audit.c.number))) or 0
        row, end = chained(sealed, highest)
        connection.execute(insert(audit).values({name: getattr(row, name) for name in _COLUMNS}))
        if sealed is None:
            connection.execute(insert(audit_end).values(id=_END, sealed=end))
        else:
            connection.execute(update(audit_end).values(sealed=end))
    return row.number


def rows(engine: Engine, condition: AuditFilter, limit: int) -> list[AuditRow]:
    """The newest first."""
    statement = _selected(condition).order_by(audit.c.number.desc()).limit(limit)
    with database_errors(), engine.connect() as connection:
        return [_row_of(row) for row in connection.execute(statement)]


def each_row(engine: Engine, condition: AuditFilter | None = None) -> Iterator[AuditRow]:
    """The oldest first; memory holds a page of them."""
    statement = _selected(condition or AuditFilter()).order_by(audit.c.number)
    with database_errors(), engine.connect() as connection:
        for row in connection.execution_options(yield_per=2000).execute(statement):
            yield _row_of(row)


def sealed_end(engine: Engine) -> bytes | None:
    """What tells which entry is the newest; None before the first."""
    with database_errors(), engine.connect() as connection:
        return connection.scalar(select(audit_end.c.sealed))


def highest_number(engine: Engine) -> int:
    with database_errors(), engine.connect() as connection:
        return connection.scalar(select(func.max(audit.c.number))) or 0


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction that others who ask for the same wait for, before they have read anything."""
    with transaction(engine) as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        yield connection


def _selected(condition: AuditFilter) -> Select[Any]:
    statement = select(*(audit.c[name] for name in _COLUMNS))
    for name in ("who", "action", "subject"):
        if (wanted := getattr(condition, name)) is not None:
            statement = statement.where(audit.c[name] == str(wanted))
    if condition.before is not None:
        statement = statement.where(audit.c.number < condition.before)
    if condition.since is not None:
        statement = statement.where(audit.c.at >= condition.since)
    if condition.until is not None:
        statement = statement.where(audit.c.at < condition.until)
    return statement


def _row_of(row: Any) -> AuditRow:
    return AuditRow(*row)
