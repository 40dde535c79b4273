"""Asking the catalog by filters: the tree of `radalike.filters` as SQL, and what it is asked for.

A leaf is true or false, never NULL, so that NOT means what `filters.matches` says: a field that an
image lacks passes `not_` and `is_empty` only.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Engine,
    Select,
    String,
    and_,
    bindparam,
    cast,
    exists,
    false,
    func,
    not_,
    select,
    true,
)

from radalike.catalog.chunks import AT_ONCE, chunks
from radalike.catalog.engine import database_errors
from radalike.catalog.rows import record_of
from radalike.catalog.schema import embeddings, images, parts
from radalike.filters import And, AnyOf, Eq, Filter, HasId, IsEmpty, Not, Range, Value
from radalike.records import PAYLOAD_FIELDS, ImageRecord

_LARGEST = 2**31 - 1  # of a whole-number column


@dataclass(frozen=True, slots=True)
class SeriesSummary:
    """One series of a study: its pseudonym (None: a single image of no series), what its first
    image shows, how many images it has, and the id of the first."""

    series: str | None
    modality: str
    anatomy: str
    images: int
    first: str


# -- filters -----------------------------------------------------------------------------------


def passing(condition: Filter, dialect: str) -> ColumnElement[bool]:
    """What rows of `images` pass; `dialect` is sqlite or postgresql, which read JSON lists each in
    its own way."""
    match condition:
        case And(filters):
            return and_(true(), *(passing(each, dialect) for each in filters))
        case Not(inner):
            return not_(passing(inner, dialect))
        case HasId(ids):
            return _one_of(images.c.id, ids, dialect)
        case IsEmpty(name):
            return not_(_present(name))
        case Eq(name, value):
            return _has_one_of(name, [value], dialect)
        case AnyOf(name, values):
            return _has_one_of(name, values, dialect)
        case Range(name, low, high):
            column = images.c[name]
            ends = [column >= max(low, -_LARGEST)] if low is not None else []
            ends += [column <= min(high, _LARGEST)] if high is not None else []
            if (low or 0) > _LARGEST or (high or 0) < -_LARGEST:
                return false()
            return and_(_present(name), *ends)


def _present(name: str) -> ColumnElement[bool]:
    column = images.c[name]
    if PAYLOAD_FIELDS[name].many:
        return func.json_array_length(column) > 0
    return column.is_not(None)


def _has_one_of(name: str, values: Iterable[Value], dialect: str) -> ColumnElement[bool]:
    column = images.c[name]
    if PAYLOAD_FIELDS[name].many:
        held = _elements(column, dialect)
        return exists().where(_one_of(held, values, dialect))
    possible = [value for value in values if isinstance(value, str) or abs(value) <= _LARGEST]
    return and_(column.is_not(None), _one_of(column, possible, dialect))


def _one_of(column: Any, values: Iterable[Value], dialect: str) -> ColumnElement[bool]:
    listed = list(values)
    if len(listed) <= AT_ONCE:
        found: ColumnElement[bool] = column.in_(listed)
        return found
    # As one parameter: no database takes any number of them.
    given = _elements(bindparam(None, listed, JSON), dialect)
    inside: ColumnElement[bool] = column.in_(select(cast(given, column.type)))
    return inside


def _elements(listed: Any, dialect: str) -> Any:
    """A column of the elements of a JSON list."""
    if dialect == "sqlite":
        return func.json_each(listed).table_valued(Column("value", String)).c.value
    return func.json_array_elements_text(listed, type_=String).column_valued()


# -- questions ---------------------------------------------------------------------------------


def numbers_passing(engine: Engine, condition: Filter) -> list[int]:
    """The catalog's numbers of the images that pass, in the order they were added. By patient,
    study, series and id as quick as an index; by another field every image is read."""
    statement = select(images.c.number).where(passing(condition, engine.dialect.name))
    with database_errors(), engine.connect() as connection:
        return list(connection.scalars(statement.order_by(images.c.number)))


def number_of(engine: Engine, image: str) -> int | None:
    """The catalog's number of an image, by its id."""
    with database_errors(), engine.connect() as connection:
        return connection.scalars(select(images.c.number).where(images.c.id == image)).first()


def records_numbered(engine: Engine, numbers: Collection[int]) -> dict[int, ImageRecord]:
    """The images that are there, by number."""
    with database_errors(), engine.connect() as connection:
        return {
            row.number: record_of(row)
            for chunk in chunks(numbers)
            for row in connection.execute(select(images).where(images.c.number.in_(chunk)))
        }


def records_of_series(engine: Engine, series: str) -> list[ImageRecord]:
    """In the order they were added; frames of one instance in their own order."""
    mine = select(images).where(images.c.series == series)
    with database_errors(), engine.connect() as connection:
        rows = connection.execute(mine.order_by(images.c.number, images.c.frame))
        return [record_of(row) for row in rows]


def series_of_study(engine: Engine, study: str) -> list[SeriesSummary]:
    """In the order they were added; an image without a series stands for itself."""
    return _summaries(engine, images.c.study == study)


def one_series(engine: Engine, series: str) -> list[SeriesSummary]:
    """The same of a single series."""
    return _summaries(engine, images.c.series == series)


def _summaries(engine: Engine, mine: ColumnElement[bool]) -> list[SeriesSummary]:
    groups = (
        select(func.min(images.c.number).label("first"), func.count().label("images"))
        .where(mine)
        .group_by(func.coalesce(images.c.series, images.c.id))
        .subquery()
    )
    columns = [images.c[name] for name in ("series", "modality", "anatomy", "id")]
    statement = (
        select(*columns, groups.c.images)
        .join(groups, groups.c.first == images.c.number)
        .order_by(images.c.number)
    )
    with database_errors(), engine.connect() as connection:
        return [
            SeriesSummary(row.series, row.modality, row.anatomy, row.images, row.id)
            for row in connection.execute(statement)
        ]


def fields_of_part(engine: Engine, part: str, names: Sequence[str]) -> list[tuple[Any, ...]]:
    """The number, and the fields `names`, of the images that a part has vectors of, each once; a
    list (labels) as its JSON text, which few images have of their own."""
    columns = [
        cast(column, String) if PAYLOAD_FIELDS[column.name].many else column
        for column in (images.c[name] for name in names)
    ]
    return _rows(engine, select(images.c.number, *columns).where(images.c.number.in_(_of(part))))


def _of(part: str) -> Select[Any]:
    return (
        select(embeddings.c.image)
        .join(parts, parts.c.number == embeddings.c.part)
        .where(parts.c.name == part)
    )


def _rows(engine: Engine, statement: Select[Any]) -> list[tuple[Any, ...]]:
    with database_errors(), engine.connect() as connection:
        return [tuple(row) for row in connection.execute(statement)]


def labels_in(text: str) -> list[str]:
    """The list that `fields_of_part` gives as JSON text."""
    listed: list[str] = json.loads(text)
    return listed
