"""Images of the library as the page shows them: frozen view models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from radalike.records import UNKNOWN, Hit, ImageRecord, Payload, payload_of
from search_ui.filtering.filter_state import (
    KEYWORDS,
    NO_FILTERS,
    NUMBERS,
    Filters,
    span_of,
    values_of,
)
from search_ui.served import Served
from search_ui.words import field_title, label_title, title

_LABELS = 5
"""Labels that a card names."""


@dataclass(frozen=True, slots=True)
class Card:
    """One image of the library. score: cosine similarity to the query, None without a query.
    picture: URL of its thumbnail, None when there is none. why: its values of the filters that are
    set. labels: as they are stored. folded: how many more of its series, or of the same content, it
    stands for. facts: what else is known of it, as (field, value) in words."""

    id: str
    modality: str
    anatomy: str
    label: str
    picture: str | None
    score: float | None = None
    why: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    folded: int = 0
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def what(self) -> str:
        """`CT, chest`."""
        return f"{self.modality}, {self.anatomy.lower()}"

    @property
    def words(self) -> str:
        """`CT, chest, pneumonia`: what stands for the picture where it is not seen."""
        return ", ".join(filter(None, (self.what, self.label)))


def cards_of_hits(
    served: Served,
    hits: Sequence[Hit],
    filters: Filters = NO_FILTERS,
    folded: Mapping[str, int] | None = None,
) -> tuple[Card, ...]:
    """In the order of `hits`. One whose record was erased since has no picture."""
    records = served.library.catalog.records([hit.id for hit in hits])
    return tuple(
        _card(
            served,
            hit.id,
            hit.payload,
            records.get(hit.id),
            filters,
            score=hit.score,
            folded=(folded or {}).get(hit.id, 0),
        )
        for hit in hits
    )


def card_of(served: Served, record: ImageRecord, filters: Filters = NO_FILTERS) -> Card:
    return _card(served, record.id, payload_of(record.metadata), record, filters)


def _card(
    served: Served,
    image: str,
    payload: Payload,
    record: ImageRecord | None,
    filters: Filters,
    *,
    score: float | None = None,
    folded: int = 0,
) -> Card:
    labels = tuple(str(each) for each in payload.get("labels", ()))
    return Card(
        id=image,
        modality=title("modality", payload.get("modality", UNKNOWN)),
        anatomy=title("anatomy", payload.get("anatomy", UNKNOWN)),
        label=_labels_in_words(labels),
        picture=served.thumbnails.url(record) if record else None,
        score=score,
        why=tuple(_reasons(payload, filters)),
        labels=labels,
        folded=folded,
        facts=tuple(_facts(payload)),
    )


def _labels_in_words(labels: Sequence[str]) -> str:
    """`Nodule, Mass, and 3 more`: what a card has room for."""
    titles = [each for each in map(label_title, labels) if each]
    rest = [f"and {len(titles) - _LABELS:,} more"] if len(titles) > _LABELS else []
    return ", ".join([*titles[:_LABELS], *rest])


def _reasons(payload: Payload, filters: Filters) -> Iterable[str]:
    """What of the image lets it through the filters but modality and anatomy, which every card
    says: `Sex: Female`, `Age: 54`."""
    for field in KEYWORDS:
        wanted = values_of(filters, field)
        if wanted and field not in ("modality", "anatomy"):
            held = payload.get(field, ())
            held = held if isinstance(held, list | tuple) else (held,)
            found = [title(field, each) for each in held if each in wanted]
            yield f"{field_title(field)}: {', '.join(found)}"
    for field in NUMBERS:
        if span_of(filters, field):
            yield f"{field_title(field)}: {payload.get(field)}"


def _facts(payload: Payload) -> Iterable[tuple[str, str]]:
    for field in (*KEYWORDS, *NUMBERS):
        held = payload.get(field)
        if held is None or held == []:
            continue
        values = held if isinstance(held, list | tuple) else (held,)
        written = (
            str(each) if field in NUMBERS or field == "labels" else title(field, str(each))
            for each in values
        )
        yield field_title(field), ", ".join(written)
