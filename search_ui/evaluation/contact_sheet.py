"""Images of a class that fails, each with its nearest neighbours.

Found anew when somebody looks: a stored run names no image, so that an erased patient leaves
nothing there. What was ingested or erased since, the sheet shows and the run does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from radalike.catalog.runs import Run
from radalike.cli.options import parse_conditions
from radalike.errors import UsageError
from radalike.filters import Filter, all_of, eq
from radalike.library import Library
from radalike.records import PAYLOAD_FIELDS, FieldKind, ImageRecord
from search_ui.evaluation.reading import UnknownShape, texts_at
from search_ui.searching.cards import Card, card_of, cards_of_hits
from search_ui.served import Served

LOOKED_AT = 48
"""Images of the class that are searched for, so that some that miss are among them."""

_FIELDS: Mapping[str, str] = {"label": "labels"}
"""What a class is a value of, where the relevance has another name."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """hit: whether the nearest image is of the same class; None where nothing was found."""

    query: Card
    neighbours: tuple[Card, ...]
    hit: bool | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """rows: misses first. images: of the class, that are searched for in such a run; looked_at: of
    these, here; missing: of these, whose nearest image is of another class."""

    rows: tuple[SheetRow, ...]
    images: int
    looked_at: int
    missing: int


def can_show(run: Run) -> bool:
    """Whether the classes of the run are values of a field, so that their images can be found."""
    return isinstance(run.found, Mapping) and _field(run) is not None


def contact_sheet(
    served: Served, run: Run, name: str, *, rows: int = 4, neighbours: int = 5
) -> Sheet:
    """Of the class `name` among the run's queries, each with what it finds in the run's index,
    never of its own patient.

    Raises UsageError for a run whose images cannot be found again, UnknownName for an encoder that
    is gone, and what `Library.search` does.
    """
    field = _field(run)
    if field is None:
        raise UsageError("the classes of this run are of no field that images are found by")
    space = served.searched(run.encoder)
    queries, index = _condition(run, "queries"), _condition(run, "index")
    listing = space.browse(all_of(queries, eq(field, name)), limit=LOOKED_AT)
    found = [
        _row(served, space, record, index, field, name, neighbours) for record in listing.records
    ]
    missing = [row for row in found if row.hit is False]
    shown = (missing + [row for row in found if row.hit is not False])[:rows]
    return Sheet(tuple(shown), listing.total, len(found), len(missing))


def _row(
    served: Served,
    space: Library,
    record: ImageRecord,
    index: Filter | None,
    field: str,
    name: str,
    neighbours: int,
) -> SheetRow:
    result = space.search(
        record.id, neighbours, index, exact=True, exclude_patient=record.metadata.patient
    )
    hit = _holds(result.hits[0].payload.get(field), name) if result.hits else None
    return SheetRow(card_of(served, record), cards_of_hits(served, result.hits), hit)


def _holds(value: Any, name: str) -> bool:
    """A field with several values holds each of them."""
    held: Sequence[Any] = value if isinstance(value, list | tuple) else (value,)
    return name in held


def _field(run: Run) -> str | None:
    relevance = run.found.get("relevance")
    if not isinstance(relevance, str):
        return None
    field = _FIELDS.get(relevance, relevance)
    known = PAYLOAD_FIELDS.get(field)
    return field if known is not None and known.kind is FieldKind.KEYWORD else None


def _condition(run: Run, role: str) -> Filter | None:
    """`["all"]` is no condition. Raises UsageError."""
    try:
        texts = texts_at(run.asked, role)
    except UnknownShape as exc:
        raise UsageError(
            "what this run was asked cannot be read", hint="make a new run of failures"
        ) from exc
    return None if texts == ("all",) else parse_conditions(texts)
