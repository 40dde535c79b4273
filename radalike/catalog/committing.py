"""Writing a part's rows: of images that come with it, or of images that are there already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from radalike.catalog.chunks import chunks
from radalike.catalog.entries import Part, PartRow
from radalike.catalog.identities import keep_identities
from radalike.catalog.rows import row_of
from radalike.catalog.schema import embeddings, images, parts
from radalike.errors import LibraryError
from radalike.records import ImageRecord


def insert_part(
    connection: Connection,
    part: Part,
    records: Sequence[ImageRecord],
    rows: Sequence[PartRow],
    now: datetime,
) -> None:
    """`part` and what its rows are of: new images (`records`), else `rows`, in row order.

    Raises LibraryError when one of `rows` is of an image that is not there.
    """
    fields = {name: getattr(part, name) for name in Part.__slots__}
    new_part = insert(parts).values(created_at=now, **fields).returning(parts.c.number)
    number = connection.scalars(new_part).one()
    if records:
        inserted = insert(images).returning(images.c.number, sort_by_parameter_order=True)
        found = connection.scalars(inserted, [row_of(record, now) for record in records])
        placed: list[tuple[int, str | None]] = [(image, None) for image in found]
        keep_identities(connection, records)
    else:
        placed = _placed(connection, rows)
    connection.execute(
        insert(embeddings),
        [
            {"part": number, "row": row, "image": image, "region": region}
            for row, (image, region) in enumerate(placed)
        ],
    )


def _placed(connection: Connection, rows: Sequence[PartRow]) -> list[tuple[int, str | None]]:
    numbers: dict[str, int] = {}
    for ids in chunks(dict.fromkeys(row.image for row in rows)):
        found = connection.execute(select(images.c.id, images.c.number).where(images.c.id.in_(ids)))
        numbers |= {row.id: row.number for row in found}
    try:
        return [(numbers[row.image], row.region) for row in rows]
    except KeyError as exc:
        raise LibraryError(
            "a vector of an image that the catalog does not have",
            hint="it has been erased meanwhile; run the same again",
        ) from exc
