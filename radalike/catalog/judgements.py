"""Judgements: which images people called relevant to a query, or not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, insert, select
from sqlalchemy.exc import IntegrityError

from radalike.catalog.chunks import chunks
from radalike.catalog.engine import database_errors, transaction
from radalike.catalog.schema import judgements
from radalike.errors import RecordNotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """query: the id of an image, or None for a query from outside, which has a query_key instead
    (32 hex digits). encoder: by which the image was found. at: UTC."""

    query: str | None
    query_key: str | None
    image: str
    relevant: bool
    who: str
    encoder: str
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


_COLUMNS = tuple(Judgement.__dataclass_fields__)


def put_judgement(engine: Engine, judgement: Judgement) -> None:
    """In place of the same person's earlier one of this query and image.

    Raises RecordNotFound when an image is not there, StorageFull, LibraryError.
    """
    values = {name: getattr(judgement, name) for name in _COLUMNS}
    with transaction(engine) as connection:
        connection.execute(delete(judgements).where(_same(judgement)))
        try:
            connection.execute(insert(judgements).values(values))
        except IntegrityError as exc:
            raise RecordNotFound(
                f"image {judgement.image}, or the one that was asked with, is not in this library",
                hint="it may have been erased; ids are in the answers of `radalike search`",
            ) from exc


def remove_judgement(
    engine: Engine, *, query: str | None, query_key: str | None, image: str, who: str
) -> bool:
    """Whether there was one. Raises LibraryError."""
    mark = Judgement(
        query=query, query_key=query_key, image=image, relevant=True, who=who, encoder=""
    )
    with transaction(engine) as connection:
        return bool(connection.execute(delete(judgements).where(_same(mark))).rowcount)


def stored_judgements(
    engine: Engine,
    *,
    query: str | None = None,
    query_key: str | None = None,
    who: str | None = None,
) -> list[Judgement]:
    """Those of a query, or of all; the oldest first."""
    statement = select(judgements).order_by(judgements.c.at, judgements.c.number)
    for name, value in (("query", query), ("query_key", query_key), ("who", who)):
        if value is not None:
            statement = statement.where(judgements.c[name] == value)
    with database_errors(), engine.connect() as connection:
        return [_judgement(row) for row in connection.execute(statement)]


def erase_judgements(connection: Connection, ids: Collection[str], keys: Collection[str]) -> None:
    """Remove those of images `ids`, be they query or result, and of queries with these keys."""
    columns = ((judgements.c.query, ids), (judgements.c.image, ids), (judgements.c.query_key, keys))
    for column, values in columns:
        for chunk in chunks(values):
            connection.execute(delete(judgements).where(column.in_(chunk)))


def _same(judgement: Judgement) -> Any:
    names = ("query", "query_key", "image", "who")
    return and_(*(judgements.c[name] == getattr(judgement, name) for name in names))


def _judgement(row: Any) -> Judgement:
    return Judgement(**{name: getattr(row, name) for name in _COLUMNS})
