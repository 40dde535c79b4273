"""Evaluations and ingests that have been made, so that they can be shown and compared later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, insert, select

from radalike.catalog.engine import database_errors, transaction
from radalike.catalog.schema import runs
from radalike.errors import RecordNotFound

INGEST = "ingest"
"""The `command` of ingests; every other one is an evaluation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """command: of `radalike eval`, or INGEST. encoder, fingerprint: whose vectors were measured or
    made. asked, found: plain JSON values, numbers and words of ours only: no image is named, so
    that an erased patient leaves nothing here. number: 0 until it is stored."""

    command: str
    encoder: str
    fingerprint: str
    asked: Mapping[str, Any]
    found: Mapping[str, Any]
    seconds: float
    finished_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    number: int = 0


_COLUMNS = tuple(Run.__dataclass_fields__)


def add_run(engine: Engine, run: Run) -> int:
    """Its number. Raises StorageFull, LibraryError."""
    row = {name: getattr(run, name) for name in _COLUMNS if name != "number"}
    with transaction(engine) as connection:
        stored = connection.execute(insert(runs).values(row)).inserted_primary_key
    assert stored is not None
    return int(stored[0])


def stored_runs(engine: Engine, command: str | None = None, limit: int | None = None) -> list[Run]:
    """Those of `command` (default: all evaluations, and no ingest), the newest first."""
    wanted = runs.c.command != INGEST if command is None else runs.c.command == command
    statement = select(runs).where(wanted).order_by(runs.c.number.desc()).limit(limit)
    with database_errors(), engine.connect() as connection:
        return [_run_of(row) for row in connection.execute(statement)]


def stored_run(engine: Engine, number: int) -> Run:
    """An evaluation. Raises RecordNotFound."""
    wanted = select(runs).where(runs.c.number == number, runs.c.command != INGEST)
    with database_errors(), engine.connect() as connection:
        row = connection.execute(wanted).first()
    if row is None:
        raise RecordNotFound(
            f"no evaluation {number} in this library",
            hint="`radalike eval runs` lists them",
            run=number,
        )
    return _run_of(row)


def _run_of(row: Any) -> Run:
    return Run(**{name: getattr(row, name) for name in _COLUMNS})
