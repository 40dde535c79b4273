"""The catalog's questions and its one commit point. Every method is one short transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import URL, Engine, Select, delete, func, insert, select

from radalike.catalog.chunks import chunks
from radalike.catalog.committing import insert_part
from radalike.catalog.engine import database_errors, open_engine, transaction
from radalike.catalog.entries import Item, Part, PartPoint, PartRow, Reject, VectorPlace
from radalike.catalog.rows import metadata_of, record_of
from radalike.catalog.schema import (
    embeddings,
    encoders,
    images,
    items,
    parts,
    projections,
    rejects,
)
from radalike.records import ImageRecord, Metadata

__all__ = ["Catalog", "Item", "Part", "PartPoint", "PartRow", "Reject", "VectorPlace"]


class Catalog:
    """A catalog by SQLAlchemy URL. Safe to use from several threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str | URL) -> Catalog:
        """Raises InvalidSetting, LibraryTooNew, LibraryError."""
        return cls(open_engine(url))

    def close(self) -> None:
        self._engine.dispose()

    @property
    def engine(self) -> Engine:
        """For the other modules of this package."""
        return self._engine

    # -- writing ---------------------------------------------------------------------------

    def add_encoder(self, fingerprint: str, name: str, dimension: int, spec: Any) -> None:
        with transaction(self._engine) as connection:
            known = select(encoders.c.id).where(encoders.c.fingerprint == fingerprint)
            if connection.execute(known).first() is None:
                row = {"fingerprint": fingerprint, "id": name, "dimension": dimension, "spec": spec}
                connection.execute(insert(encoders), [row])

    def commit(
        self,
        *,
        part: Part | None = None,
        records: Sequence[ImageRecord] = (),
        rows: Sequence[PartRow] = (),
        done: Sequence[Item] = (),
        rejected: Sequence[Reject] = (),
    ) -> None:
        """The one commit point: a part, its images in row order (new ones as `records`, those that
        are there already as `rows`), the items that are finished with it, and what was rejected
        meanwhile, all or nothing."""
        now = datetime.now(UTC)
        with transaction(self._engine) as connection:
            if part is not None:
                insert_part(connection, part, records, rows, now)
            finished = [item.key for item in done] + [reject.key for reject in rejected]
            for keys in chunks(finished):
                connection.execute(delete(items).where(items.c.key.in_(keys)))
                connection.execute(delete(rejects).where(rejects.c.key.in_(keys)))
            if done:
                connection.execute(insert(items), [_fields(item) for item in done])
            if rejected:
                connection.execute(
                    insert(rejects), [{**_fields(each), "rejected_at": now} for each in rejected]
                )

    # -- what is known -----------------------------------------------------------------------

    def known_items(self, keys: Sequence[str]) -> dict[str, Item]:
        return {row.key: Item(*row) for row in self._where_in(select(items), items.c.key, keys)}

    def forget_rejects(self, keys: Sequence[str]) -> None:
        """Those of `keys` count as rejected no more."""
        with transaction(self._engine) as connection:
            for some in chunks(keys):
                connection.execute(delete(rejects).where(rejects.c.key.in_(some)))

    def rejected_keys(self, keys: Sequence[str]) -> set[str]:
        """Those of `keys` that have been rejected."""
        return {row.key for row in self._where_in(select(rejects.c.key), rejects.c.key, keys)}

    def contents(self, ids: Sequence[str]) -> dict[str, str]:
        """The content hash of each image among `ids` that the catalog has."""
        statement = select(images.c.id, images.c.content)
        return {row.id: row.content for row in self._where_in(statement, images.c.id, ids)}

    def vectors_of_contents(
        self, fingerprint: str, hashes: Sequence[str]
    ) -> dict[str, VectorPlace]:
        """For each content hash that has a vector of this encoder: its first image and place."""
        found = self.regions_of_contents(fingerprint, hashes)
        return {content: place for (content, region), place in found.items() if region is None}

    def regions_of_contents(
        self, fingerprint: str, hashes: Sequence[str]
    ) -> dict[tuple[str, str | None], VectorPlace]:
        """The same for each region of each content hash; None: all of it."""
        statement = (
            _places(fingerprint).add_columns(images.c.content).order_by(images.c.number.desc())
        )
        rows = self._where_in(statement, images.c.content, hashes)
        return {
            (row.content, row.region): VectorPlace(row.id, row.name, row.row, row.region)
            for row in rows
        }

    def vector_place(self, fingerprint: str, image: str) -> VectorPlace | None:
        return next(iter(self.vector_places(fingerprint, [image])), None)

    def vector_places(self, fingerprint: str, ids: Sequence[str]) -> list[VectorPlace]:
        """Where the vectors are of those among `ids` that have one of this encoder."""
        rows = self._where_in(_places(fingerprint), images.c.id, ids)
        return [VectorPlace(row.id, row.name, row.row, row.region) for row in rows]

    def images_of_series(self, names: Sequence[str]) -> dict[str, list[str]]:
        """Ids by series, of those among `names` that are there, in the order they were added."""
        statement = select(images.c.series, images.c.id).order_by(images.c.number)
        found: dict[str, list[str]] = {}
        for row in self._where_in(statement, images.c.series, names):
            found.setdefault(row.series, []).append(row.id)
        return found

    # -- reading -----------------------------------------------------------------------------

    def record(self, image: str) -> ImageRecord | None:
        return self.records([image]).get(image)

    def records(self, ids: Sequence[str]) -> dict[str, ImageRecord]:
        return {row.id: record_of(row) for row in self._where_in(select(images), images.c.id, ids)}

    def each_record(self) -> Iterator[ImageRecord]:
        """Every image, in the order they were added; memory holds a page of them."""
        with database_errors(), self._engine.connect() as connection:
            rows = connection.execution_options(yield_per=2000).execute(
                select(images).order_by(images.c.number)
            )
            for row in rows:
                yield record_of(row)

    def metadata(self) -> Iterator[tuple[str, Metadata]]:
        """(id, metadata) of every image, in the order they were added."""
        return ((record.id, record.metadata) for record in self.each_record())

    def part_metadata(self, part: str) -> list[tuple[str, Metadata]]:
        """(id, metadata) of the image of each row of a part, in row order."""
        return [(point.image, point.metadata) for point in self.part_points(part)]

    def part_points(self, part: str) -> list[PartPoint]:
        """What each row of a part is of, in row order."""
        statement = (
            select(images, embeddings.c.region)
            .join(embeddings, embeddings.c.image == images.c.number)
            .join(parts, parts.c.number == embeddings.c.part)
            .where(parts.c.name == part)
            .order_by(embeddings.c.row)
        )
        return [PartPoint(row.id, row.region, metadata_of(row)) for row in self._all(statement)]

    def parts(self, fingerprint: str | None = None) -> list[Part]:
        """Parts in the order they were committed."""
        statement = select(*(parts.c[name] for name in Part.__slots__)).order_by(parts.c.number)
        if fingerprint is not None:
            statement = statement.where(parts.c.fingerprint == fingerprint)
        return [Part(*row) for row in self._all(statement)]

    def encoders(self) -> dict[str, str]:
        """Encoder id by fingerprint, of every encoder that has been used here."""
        statement = select(encoders.c.fingerprint, encoders.c.id)
        return {row.fingerprint: row.id for row in self._all(statement)}

    def dimension(self, fingerprint: str) -> int:
        """Of the vectors of an encoder that has been used here."""
        statement = select(encoders.c.dimension).where(encoders.c.fingerprint == fingerprint)
        return self._scalar(statement)

    def counts(self, column: str) -> dict[str, int]:
        """Number of images by value of one column of `images`."""
        value = images.c[column]
        statement = select(value, func.count()).group_by(value).order_by(func.count().desc())
        return {str(row[0]): int(row[1]) for row in self._all(statement)}

    def totals(self) -> dict[str, int]:
        """images, duplicates, rejected."""
        duplicates = select(func.count()).where(images.c.duplicate_of.is_not(None))
        return {
            "images": self._scalar(select(func.count()).select_from(images)),
            "duplicates": self._scalar(duplicates.select_from(images)),
            "rejected": self._scalar(select(func.count()).select_from(rejects)),
        }

    def rejects(self, limit: int | None = None) -> list[Reject]:
        columns = [rejects.c[name] for name in Reject.__slots__]
        statement = select(*columns).order_by(rejects.c.rejected_at, rejects.c.key)
        return [Reject(*row) for row in self._all(statement.limit(limit))]

    def reject(self, key: str) -> Reject | None:
        columns = [rejects.c[name] for name in Reject.__slots__]
        rows = self._all(select(*columns).where(rejects.c.key == key))
        return Reject(*rows[0]) if rows else None

    # -- what an index holds -------------------------------------------------------------------

    def projected(self, target: str) -> set[str]:
        """Names of the parts that have been written to index `target`."""
        statement = select(projections.c.part).where(projections.c.target == target)
        return {row.part for row in self._all(statement)}

    def set_projected(self, target: str, names: Iterable[str], *, reset: bool = False) -> None:
        with transaction(self._engine) as connection:
            if reset:
                connection.execute(delete(projections).where(projections.c.target == target))
            rows = [{"target": target, "part": name} for name in names]
            if rows:
                connection.execute(insert(projections), rows)

    # -- inside --------------------------------------------------------------------------------

    def _all(self, statement: Select[Any]) -> Sequence[Any]:
        with database_errors(), self._engine.connect() as connection:
            return connection.execute(statement).all()

    def _scalar(self, statement: Select[Any]) -> int:
        return int(self._all(statement)[0][0])

    def _where_in(
        self, statement: Select[Any], column: Any, values: Sequence[str]
    ) -> Iterator[Any]:
        for chunk in chunks(values):
            yield from self._all(statement.where(column.in_(chunk)))


def _places(fingerprint: str) -> Select[Any]:
    return (
        select(images.c.id, parts.c.name, embeddings.c.row, embeddings.c.region)
        .join(embeddings, embeddings.c.image == images.c.number)
        .join(parts, parts.c.number == embeddings.c.part)
        .where(parts.c.fingerprint == fingerprint)
    )


def _fields(record: Item | Reject) -> Mapping[str, Any]:
    return {name: getattr(record, name) for name in record.__slots__}
