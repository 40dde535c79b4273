"""The table of kept identities: sealed identifiers by image, empty unless a site keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, Engine, insert, select

from radalike.catalog.engine import database_errors
from radalike.catalog.schema import identities
from radalike.records import ImageRecord

_PAGE = 2000


def keep_identities(connection: Connection, records: Sequence[ImageRecord]) -> None:
    kept = [{"image": each.id, "sealed": each.identity} for each in records if each.identity]
    if kept:
        connection.execute(insert(identities), kept)


def kept_identity(engine: Engine, image: str) -> bytes | None:
    """The sealed identifiers of one image, None when they were not kept."""
    statement = select(identities.c.sealed).where(identities.c.image == image)
    with database_errors(), engine.connect() as connection:
        return connection.execute(statement).scalar()


def kept_identities(engine: Engine) -> Iterator[tuple[str, bytes]]:
    """(id, sealed identifiers) of every image whose identity was kept."""
    statement = select(identities.c.image, identities.c.sealed)
    with database_errors(), engine.connect() as connection:
        for row in connection.execution_options(yield_per=_PAGE).execute(statement):
            yield row.image, row.sealed
