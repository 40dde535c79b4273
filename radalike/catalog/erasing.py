"""The catalog's part of erasing a patient: finding every row, and removing them at one commit.

Portable SQL, but for `scrub`: SQLite keeps what was deleted in its file until it is vacuumed;
PostgreSQL does that by itself (autovacuum), at a time of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, text, update

from radalike.catalog.chunks import chunks
from radalike.catalog.engine import database_errors, transaction
from radalike.catalog.judgements import erase_judgements
from radalike.catalog.schema import (
    embeddings,
    identities,
    images,
    items,
    judgements,
    parts,
    projections,
    rejects,
)
from radalike.errors import LibraryBusy

_READERS_SECONDS = 60.0
_GROUPS = ("study", "series")


@dataclass(frozen=True, slots=True)
class ImageTraces:
    """What the catalog says of an image that is to be erased."""

    id: str
    content: str
    thumbnail: bool
    locator: bytes | None
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RewrittenPart:
    """The part that takes the place of part `old`: the same rows without the erased ones.
    `name` is None when none is left."""

    old: str
    name: str | None
    rows: int = 0
    sha256: str = ""


def known_patients(engine: Engine, candidates: Collection[str]) -> set[str]:
    """Those of `candidates` (pseudonyms) that an image, an item or a reject belongs to."""
    found: set[str] = set()
    with database_errors(), engine.connect() as connection:
        for table in (images, items, rejects):
            for chunk in chunks(candidates):
                statement = select(table.c.patient).where(table.c.patient.in_(chunk)).distinct()
                found.update(connection.scalars(statement))
    return found


def unattributed_rejects(engine: Engine) -> int:
    """How many rejects are of no patient that is known."""
    statement = select(func.count()).where(rejects.c.patient.is_(None))
    with database_errors(), engine.connect() as connection:
        return int(connection.scalar(statement.select_from(rejects)) or 0)


def images_of(engine: Engine, patients: Collection[str]) -> list[ImageTraces]:
    columns = [images.c[name] for name in ("id", "content", "thumbnail", "locator", *_GROUPS)]
    with database_errors(), engine.connect() as connection:
        return [
            ImageTraces(row.id, row.content, row.thumbnail, row.locator, _groups(row))
            for chunk in chunks(patients)
            for row in connection.execute(select(*columns).where(images.c.patient.in_(chunk)))
        ]


def keys_of(engine: Engine, patients: Collection[str]) -> set[str]:
    """Keys of the items and rejects of `patients`."""
    found: set[str] = set()
    with database_errors(), engine.connect() as connection:
        for table in (items, rejects):
            for chunk in chunks(patients):
                found.update(
                    connection.scalars(select(table.c.key).where(table.c.patient.in_(chunk)))
                )
    return found


def rejects_among(engine: Engine, keys: Collection[str]) -> set[str]:
    """Those of `keys` that are rejects."""
    with database_errors(), engine.connect() as connection:
        return set(_present(connection, rejects.c.key, keys))


def rows_in_parts(engine: Engine, ids: Collection[str]) -> dict[str, list[int]]:
    """The rows of each part, by its name, that hold images among `ids`."""
    found: dict[str, list[int]] = {}
    statement = (
        select(parts.c.name, embeddings.c.row)
        .join(embeddings, embeddings.c.part == parts.c.number)
        .join(images, images.c.number == embeddings.c.image)
    )
    with database_errors(), engine.connect() as connection:
        for chunk in chunks(ids):
            for row in connection.execute(statement.where(images.c.id.in_(chunk))):
                found.setdefault(row.name, []).append(row.row)
    return found


def values_of_others(
    engine: Engine, column: str, values: Collection[str], erased: Collection[str]
) -> set[str]:
    """Those of `values` of a column of `images` that images which are not `erased` have."""
    column_, gone = images.c[column], set(erased)
    with database_errors(), engine.connect() as connection:
        return {
            row[1]
            for chunk in chunks(values)
            for row in connection.execute(select(images.c.id, column_).where(column_.in_(chunk)))
            if row[0] not in gone
        }


def thumbnails_in_use(engine: Engine, contents: Collection[str]) -> set[str]:
    """Those of `contents` that are the thumbnail of an image."""
    statement = select(images.c.content).where(images.c.thumbnail.is_(True)).distinct()
    with database_errors(), engine.connect() as connection:
        return {
            content
            for chunk in chunks(contents)
            for content in connection.scalars(statement.where(images.c.content.in_(chunk)))
        }


def targets(engine: Engine) -> dict[str, set[str]]:
    """What each index outside of the library holds: names of parts by target."""
    held: dict[str, set[str]] = {}
    with database_errors(), engine.connect() as connection:
        for row in connection.execute(select(projections.c.target, projections.c.part)):
            held.setdefault(row.target, set()).add(row.part)
    return held


def erase_rows(
    engine: Engine, ids: Collection[str], keys: Collection[str], rewritten: Sequence[RewrittenPart]
) -> None:
    """Remove images, items, rejects and judgements, and put the rewritten parts in: all or nothing.

    An image of somebody else that was marked as the duplicate of an erased one is pointed to the
    first that is left of its content.
    """
    gone = set(ids)
    with transaction(engine) as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("PRAGMA secure_delete=ON"))
        numbers = _numbers(connection, gone)
        for part in rewritten:
            _replace_part(connection, part, numbers)
        _repoint_duplicates(connection, gone)
        erase_judgements(connection, gone, keys)
        for chunk in chunks(gone):
            connection.execute(delete(identities).where(identities.c.image.in_(chunk)))
            connection.execute(delete(images).where(images.c.id.in_(chunk)))
        for chunk in chunks(keys):
            connection.execute(delete(items).where(items.c.key.in_(chunk)))
            connection.execute(delete(rejects).where(rejects.c.key.in_(chunk)))


def remaining(
    engine: Engine, patients: Collection[str], ids: Collection[str], keys: Collection[str]
) -> int:
    """Values of the catalog that still name one of these."""
    places = (
        *((table.c.patient, patients) for table in (images, items, rejects)),
        *((column, ids) for column in (images.c.id, images.c.duplicate_of, identities.c.image)),
        *((table.c.key, keys) for table in (items, rejects)),
        *((column, ids) for column in (judgements.c.query, judgements.c.image)),
        (judgements.c.query_key, keys),
    )
    with database_errors(), engine.connect() as connection:
        return sum(len(_present(connection, column, values)) for column, values in places)


def scrub(engine: Engine) -> None:
    """SQLite: rewrite the file without what was deleted, and empty its write-ahead journal.

    Raises LibraryBusy when another process reads an old state of it for a whole minute.
    """
    if engine.dialect.name != "sqlite":
        return
    deadline = monotonic() + _READERS_SECONDS
    with database_errors(), engine.connect() as connection:
        outside = connection.execution_options(isolation_level="AUTOCOMMIT")
        outside.execute(text("VACUUM"))
        while outside.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()[0]:
            if monotonic() > deadline:
                raise LibraryBusy(
                    "another process keeps an old state of the catalog open",
                    hint="close it and run the same again; what was erased stays erased",
                )
            sleep(0.05)


# -- inside ------------------------------------------------------------------------------------


def _groups(row: Any) -> tuple[str, ...]:
    return tuple(value for value in (row.study, row.series) if value)


def _numbers(connection: Connection, ids: Collection[str]) -> set[int]:
    return {
        number
        for chunk in chunks(ids)
        for number in connection.scalars(select(images.c.number).where(images.c.id.in_(chunk)))
    }


def _replace_part(connection: Connection, part: RewrittenPart, gone: set[int]) -> None:
    found = connection.execute(select(parts.c.number).where(parts.c.name == part.old)).one()
    mine = embeddings.c.part == found.number
    columns = (embeddings.c.image, embeddings.c.region)
    rows = connection.execute(select(*columns).where(mine).order_by(embeddings.c.row))
    kept = [row for row in rows if row.image not in gone]
    connection.execute(delete(embeddings).where(mine))
    if part.name is None:
        connection.execute(delete(parts).where(parts.c.number == found.number))
        connection.execute(delete(projections).where(projections.c.part == part.old))
        return
    # An index outside that holds the old part has lost its erased points already.
    renamed = update(projections).where(projections.c.part == part.old).values(part=part.name)
    connection.execute(renamed)
    described: Mapping[str, Any] = {"name": part.name, "rows": part.rows, "sha256": part.sha256}
    connection.execute(update(parts).where(parts.c.number == found.number).values(described))
    connection.execute(
        insert(embeddings),
        [
            {"part": found.number, "row": row, "image": each.image, "region": each.region}
            for row, each in enumerate(kept)
        ],
    )


def _repoint_duplicates(connection: Connection, gone: set[str]) -> None:
    columns = (images.c.id, images.c.content, images.c.duplicate_of)
    first_of: dict[str, str] = {}
    contents = {
        content
        for chunk in chunks(gone)
        for content in connection.scalars(select(images.c.content).where(images.c.id.in_(chunk)))
    }
    for chunk in chunks(contents):
        statement = select(*columns).where(images.c.content.in_(chunk)).order_by(images.c.number)
        for row in connection.execute(statement).all():
            if row.id in gone:
                continue
            first = first_of.setdefault(row.content, row.id)
            if row.duplicate_of in gone:
                original = None if first == row.id else first
                change = update(images).where(images.c.id == row.id).values(duplicate_of=original)
                connection.execute(change)


def _present(connection: Connection, column: Any, values: Collection[str]) -> list[str]:
    return [
        value
        for chunk in chunks(values)
        for value in connection.scalars(select(column).where(column.in_(chunk)))
    ]
