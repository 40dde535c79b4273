"""The catalog's part of applying a better vocabulary: what it says of each image, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, bindparam, select, update

from radalike.catalog.engine import database_errors, transaction
from radalike.catalog.schema import images, projections
from radalike.records import Term
from radalike.vocabulary import Terms

_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Described:
    """What the catalog says of image `number`, and the sealed evidence it was read from, if any.

    public: it has a public name, as the images of a manifest have.
    """

    number: int
    terms: Terms
    evidence: bytes | None
    public: bool


def described(engine: Engine) -> Iterator[list[Described]]:
    """Every image, by pages in the order they were added; each page is a short transaction."""
    columns = ("number", "evidence", "filepath", *_columns(Terms(Term(), Term(), None, None)))
    last = -1
    while True:
        page = select(*(images.c[name] for name in columns)).where(images.c.number > last)
        with database_errors(), engine.connect() as connection:
            rows = connection.execute(page.order_by(images.c.number).limit(_PAGE)).all()
        if not rows:
            return
        last = rows[-1].number
        yield [
            Described(row.number, _terms(row), row.evidence, row.filepath is not None)
            for row in rows
        ]


def rewrite(engine: Engine, terms: Mapping[int, Terms]) -> None:
    """Set what is said of images, by number, all or nothing."""
    rows = [{"image": number, **_columns(each)} for number, each in terms.items()]
    if rows:
        with transaction(engine) as connection:
            connection.execute(update(images).where(images.c.number == bindparam("image")), rows)


def targets(engine: Engine) -> list[str]:
    """The index servers' collections that hold parts, as the catalog names them."""
    with database_errors(), engine.connect() as connection:
        return sorted(connection.scalars(select(projections.c.target).distinct()))


def _columns(terms: Terms) -> dict[str, Any]:
    return {
        "modality": terms.modality.value,
        "modality_source": terms.modality.source,
        "modality_confidence": terms.modality.confidence,
        "anatomy": terms.anatomy.value,
        "anatomy_source": terms.anatomy.source,
        "anatomy_confidence": terms.anatomy.confidence,
        "organ": terms.organ,
        "laterality": terms.laterality,
    }


def _terms(row: Any) -> Terms:
    return Terms(
        Term(row.modality, row.modality_source, row.modality_confidence),
        Term(row.anatomy, row.anatomy_source, row.anatomy_confidence),
        row.organ,
        row.laterality,
    )
