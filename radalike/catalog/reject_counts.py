"""How many files wait outside, by why they were rejected."""

from __future__ import annotations

from sqlalchemy import Engine, func, select

from radalike.catalog.engine import database_errors
from radalike.catalog.schema import rejects


def reject_counts(engine: Engine) -> dict[str, int]:
    """Number of rejected files by code, most frequent first. Raises LibraryError."""
    number = func.count()
    statement = (
        select(rejects.c.code, number)
        .group_by(rejects.c.code)
        .order_by(number.desc(), rejects.c.code)
    )
    with database_errors(), engine.connect() as connection:
        return {str(code): int(count) for code, count in connection.execute(statement)}
