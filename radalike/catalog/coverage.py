"""Which images have vectors of which encoder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, distinct, func, select

from radalike.catalog.engine import database_errors
from radalike.catalog.rows import record_of
from radalike.catalog.schema import embeddings, encoders, images, parts
from radalike.records import ImageRecord

_PAGE = 2000


@dataclass(frozen=True, slots=True)
class UsedEncoder:
    """An encoder that has been used in a library, and its spec as it was then. last_part: the
    number of its newest part, 0 where it has none; parts are numbered as they are committed."""

    fingerprint: str
    id: str
    dimension: int
    spec: dict[str, Any]
    last_part: int


def used_encoders(engine: Engine) -> list[UsedEncoder]:
    """The one with the newest part comes first."""
    newest = func.coalesce(func.max(parts.c.number), 0).label("newest")
    counted = (
        select(encoders.c.fingerprint, newest)
        .outerjoin(parts, parts.c.fingerprint == encoders.c.fingerprint)
        .group_by(encoders.c.fingerprint)
        .subquery()
    )
    columns = (encoders.c[name] for name in ("fingerprint", "id", "dimension", "spec"))
    statement = (
        select(*columns, counted.c.newest)
        .join(counted, counted.c.fingerprint == encoders.c.fingerprint)
        .order_by(counted.c.newest.desc(), encoders.c.fingerprint)
    )
    with database_errors(), engine.connect() as connection:
        return [
            UsedEncoder(row.fingerprint, row.id, row.dimension, row.spec, row.newest)
            for row in connection.execute(statement)
        ]


def images_with_vectors(engine: Engine, fingerprint: str) -> int:
    """How many images have a vector (or tiles) of that encoder."""
    statement = (
        select(func.count(distinct(embeddings.c.image)))
        .join(parts, parts.c.number == embeddings.c.part)
        .where(parts.c.fingerprint == fingerprint)
    )
    with database_errors(), engine.connect() as connection:
        return int(connection.execute(statement).scalar_one())


def images_without(engine: Engine, fingerprint: str) -> Iterator[list[ImageRecord]]:
    """The images that have no vector of that encoder, by pages in the order they were added; each
    page is a short transaction."""
    having = (
        select(embeddings.c.image)
        .join(parts, parts.c.number == embeddings.c.part)
        .where(parts.c.fingerprint == fingerprint, embeddings.c.image == images.c.number)
    )
    last = -1
    while True:
        page = (
            select(images)
            .where(images.c.number > last, ~having.exists())
            .order_by(images.c.number)
            .limit(_PAGE)
        )
        with database_errors(), engine.connect() as connection:
            rows = connection.execute(page).all()
        if not rows:
            return
        last = rows[-1].number
        yield [record_of(row) for row in rows]
