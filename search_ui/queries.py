"""What the page shows of a library: answers, counts and examples as frozen view models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from radalike.errors import UsageError
from radalike.filters import Filter, matches
from radalike.library import Library
from radalike.records import UNKNOWN, Hit, ImageRecord, Payload, payload_of
from search_ui.search_state import FILTER_FIELDS, SearchState, condition_of, values_of
from search_ui.visit import Visit
from search_ui.words import count_title, in_order, label_title, title

_EXAMPLE_PARTS = 4


@dataclass(frozen=True, slots=True)
class Card:
    """One image of the library. score: cosine similarity to the query, None without a query.
    picture: a JPEG thumbnail, None when there is none."""

    id: str
    modality: str
    anatomy: str
    label: str
    picture: bytes | None
    score: float | None = None

    @property
    def what(self) -> str:
        """`CT, chest`."""
        return f"{self.modality}, {self.anatomy.lower()}"


@dataclass(frozen=True, slots=True)
class Answer:
    cards: tuple[Card, ...]
    backend: str
    encoder: str
    took_ms: float


@dataclass(frozen=True, slots=True)
class QueryView:
    """The query image: its id (`uploaded` when it is not the library's), a JPEG picture, what it
    is, and what more is known of it."""

    id: str
    picture: bytes | None
    heading: str
    details: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a filter offers, and the number of images that it would let through."""

    value: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """The choices by filter field, the images that pass all filters, and all images."""

    choices: Mapping[str, tuple[Choice, ...]]
    passing: int
    total: int


def facets_of(library: Library, state: SearchState) -> Facets:
    """Each filter counts the images that pass the *other* ones: what choosing a value would add.
    A value with none is offered only while it is chosen, so that it can be taken back."""
    return Facets(
        {field: _choices(library, state, field) for field in FILTER_FIELDS},
        passing=library.searcher.count(condition_of(state)),
        total=library.searcher.count(),
    )


def _choices(library: Library, state: SearchState, field: str) -> tuple[Choice, ...]:
    counts = library.facet(field, condition_of(state, without=field))
    offered = in_order(field, [*counts, *values_of(state, field)])
    return tuple(Choice(value, title(field, value), counts.get(value, 0)) for value in offered)


def run_search(library: Library, visit: Visit) -> Answer:
    """The answer to the visit's query. Raises RecordNotFound, UsageError when there is none."""
    state = visit.state
    condition = condition_of(state)
    if state.like is not None:
        result = library.similar_to(state.like, state.limit, condition, exact=state.exact)
    elif visit.uploaded is not None:
        vector = visit.uploaded.vector
        result = library.search(vector, state.limit, condition, exact=state.exact)
    else:
        raise UsageError("there is no query", hint="upload an image")
    return Answer(_cards(library, result.hits), result.backend, result.encoder, result.took_ms)


def query_view(library: Library, visit: Visit) -> QueryView | None:
    """What the page says of the query, None when there is none. Raises RecordNotFound."""
    if visit.state.like is not None:
        record = library.get(visit.state.like)
        card = _card(library, record.id, payload_of(record.metadata), record)
        return QueryView(record.id, card.picture, card.what, card.label)
    if visit.uploaded is not None:
        size = f"{visit.uploaded.width} x {visit.uploaded.height} pixels"
        return QueryView("uploaded", visit.uploaded.preview, "your image", size)
    return None


def examples(library: Library, condition: Filter | None, count: int) -> tuple[Card, ...]:
    """At most `count` of the images that pass, without scores: somewhere to start for a user
    without a file at hand. Of the newest ones as many kinds as there are; where none of those
    passes, any that do."""
    found: dict[str, Payload] = {}
    for part in reversed(library.catalog.parts(library.fingerprint)[-_EXAMPLE_PARTS:]):
        for image, metadata in library.catalog.part_metadata(part.name):
            payload = payload_of(metadata)
            if condition is None or matches(condition, image, payload):
                found[image] = payload
        if len(found) >= count:
            break
    hits = [Hit(image, 0.0, found[image]) for image in _varied(found)[:count]]
    if not hits:
        anywhere = np.eye(1, library.spec.dimension, dtype=np.float32)[0]
        hits = list(library.search(anywhere, count, condition).hits)
    return tuple(replace(card, score=None) for card in _cards(library, hits))


def _varied(found: Mapping[str, Payload]) -> list[str]:
    """Ids in an order where the first of every kind come first, then the second of every kind."""
    turns: dict[tuple[str, str], int] = {}
    order = []
    for image, payload in found.items():
        kind = (payload.get("modality", UNKNOWN), payload.get("anatomy", UNKNOWN))
        turns[kind] = turns.get(kind, 0) + 1
        order.append((turns[kind], kind, image))
    return [image for _, _, image in sorted(order)]


def filters_in_words(state: SearchState) -> str:
    """`CT or MR, Chest`: the filters that are set."""
    return ", ".join(
        " or ".join(title(field, value) for value in values_of(state, field))
        for field in FILTER_FIELDS
        if values_of(state, field)
    )


def answer_in_words(answer: Answer, state: SearchState, facets: Facets) -> str:
    """`20 most similar of 76 images (CT, Chest)`: what the gallery shows."""
    filters = filters_in_words(state)
    among = f"{count_title(facets.passing, 'image')}{f' ({filters})' if filters else ''}"
    return f"{len(answer.cards)} most similar of {among}"


def nothing_in_words(state: SearchState) -> tuple[str, str]:
    """What there is not, and what to do about it. The query itself may pass its filters."""
    other = "other " if state.like else ""
    if filters_in_words(state):
        return f"No {other}images pass these filters", "Take one back, or remove them all."
    return (
        f"There are no {other}images in this library yet",
        "What is ingested while this page is open is found by the next search.",
    )


def _cards(library: Library, hits: Sequence[Hit]) -> tuple[Card, ...]:
    records = library.catalog.records([hit.id for hit in hits])
    return tuple(
        _card(library, hit.id, hit.payload, records.get(hit.id), hit.score) for hit in hits
    )


def _card(
    library: Library,
    image: str,
    payload: Payload,
    record: ImageRecord | None,
    score: float | None = None,
) -> Card:
    return Card(
        image,
        title("modality", payload.get("modality", UNKNOWN)),
        title("anatomy", payload.get("anatomy", UNKNOWN)),
        _labels(payload.get("labels", ())),
        library.thumbnail(record) if record else None,
        score,
    )


def _labels(labels: Iterable[str]) -> str:
    return ", ".join(filter(None, map(label_title, labels)))
