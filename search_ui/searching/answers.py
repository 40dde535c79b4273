"""What a search found, as the page shows it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from radalike.errors import IndexUnavailable, UsageError
from radalike.library import Library
from radalike.library.search.queries import Text
from radalike.records import SearchResult
from search_ui.filtering.facet_choices import Facets
from search_ui.filtering.filter_state import condition_of, filters_in_words
from search_ui.searching.cards import Card, card_of, cards_of_hits
from search_ui.searching.search_state import SearchState
from search_ui.searching.visit import Visit
from search_ui.served import Served
from search_ui.words import count_title

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """encoder, fingerprint: whose vectors were compared. nearest: the best score, `threshold` what
    it should reach to count as a good match; None where that is not known, as for words. away:
    the index server does not answer, and every image was compared instead."""

    cards: tuple[Card, ...]
    backend: str
    encoder: str
    fingerprint: str
    took_ms: float
    threshold: float | None = None
    refined: bool = False
    away: bool = False

    @property
    def nearest(self) -> float | None:
        return self.cards[0].score if self.cards else None

    @property
    def good_match(self) -> bool:
        """Whether anything found is as close as the library's images are to each other, or nobody
        knows how close that is."""
        if self.threshold is None or self.nearest is None:
            return True
        return self.nearest >= self.threshold


@dataclass(frozen=True, slots=True)
class QueryView:
    """The query: its id (`uploaded`, or `words`, when it is not the library's), a URL or the bytes
    of a JPEG picture, what it is, and what more is known of it."""

    id: str
    picture: str | bytes | None
    heading: str
    details: str


def run_search(served: Served, visit: Visit, encoder: str) -> Answer:
    """The answer to the visit's query among the vectors of `encoder`, "" for the library's own.

    Raises RecordNotFound, UsageError, NoTextTower, EncoderError.
    """
    state, space = visit.state, served.searched(encoder)
    try:
        result = _found(served, space, visit, exact=state.exact)
    except IndexUnavailable as exc:
        _log.warning("searched exactly: %s", exc)
        result = _found(served, space, visit, exact=True)
    closeness = None if state.text or visit.marks else space.closeness()
    return Answer(
        cards_of_hits(served, result.hits, state.filters, result.folded),
        result.backend,
        result.encoder,
        space.fingerprint,
        result.took_ms,
        threshold=closeness.threshold if closeness else None,
        refined=bool(visit.marks),
        away=_is_away(space, result, state),
    )


def _is_away(space: Library, result: SearchResult, state: SearchState) -> bool:
    on_server = space.settings.backend == "server"
    return on_server and not state.exact and result.backend == "exact"


def _found(served: Served, space: Library, visit: Visit, *, exact: bool) -> SearchResult:
    state = visit.state
    search = partial(
        space.search,
        limit=state.limit,
        condition=condition_of(state.filters),
        exact=exact,
        collapse=not state.every_slice,
        marks=visit.marks,
    )
    if visit.asks_with_upload and visit.uploaded is not None:
        patient = None if state.same_patient else visit.uploaded.patient
        vector = served.vector(visit.uploaded, state.region, space)
        return search(vector, exclude_patient=patient)
    if state.text:
        with served.encoding():
            return search(Text(state.text))
    if state.like is None:
        raise UsageError("there is no query", hint="upload an image")
    patient = None if state.same_patient else space.get(state.like).metadata.patient
    if state.region is None:  # its vector is stored
        return search(state.like, exclude_patient=patient)
    root = space.settings.originals_root
    with served.encoding():
        return search(
            state.like,
            region=state.region,
            root=Path(root) if root else None,
            exclude_patient=patient,
        )


def query_view(served: Served, visit: Visit) -> QueryView | None:
    """What the page says of the query, None when there is none. Raises RecordNotFound."""
    state = visit.state
    if state.like is not None:
        record = served.library.get(state.like)
        card = card_of(served, record)
        return QueryView(record.id, card.picture, card.what, card.label)
    if state.text:
        return QueryView("words", None, f"“{state.text}”", "words")
    if visit.uploaded is not None:
        uploaded = visit.uploaded
        return QueryView("uploaded", uploaded.picture, "your image", upload_in_words(visit))
    return None


def upload_in_words(visit: Visit) -> str:
    """`512 x 512 pixels, CT, frame 3 of 20`."""
    uploaded = visit.uploaded
    if uploaded is None:
        return ""
    words = [f"{uploaded.width} x {uploaded.height} pixels"]
    if uploaded.info.modality not in ("", "unknown"):
        words.append(uploaded.info.modality)
    if uploaded.info.frames > 1:
        frame = uploaded.shown.frame
        number = uploaded.info.frames // 2 if frame is None else frame
        words.append(f"frame {number + 1} of {uploaded.info.frames}")
    return ", ".join(words)


def answer_in_words(answer: Answer, state: SearchState, facets: Facets) -> str:
    """`20 most similar of 76 images (CT, Chest)`: what the gallery shows."""
    filters = filters_in_words(state.filters)
    among = f"{count_title(facets.passing, 'image')}{f' ({filters})' if filters else ''}"
    return f"{len(answer.cards)} most similar of {among}"


def nothing_in_words(state: SearchState) -> tuple[str, str]:
    """What there is not, and what to do about it. The query itself may pass its filters."""
    other = "other " if state.like else ""
    if state.filters:
        return f"No {other}images pass these filters", "Take one back, or remove them all."
    return (
        f"There are no {other}images in this library yet",
        "What is ingested while this page is open is found by the next search.",
    )


def far_in_words(answer: Answer) -> tuple[str, str]:
    """That nothing is close, and how that is known."""
    said = (
        f"The nearest image has a similarity of {answer.nearest or 0:.3f}. Of the library's own "
        f"images 99 of 100 have a neighbour, of another patient, at {answer.threshold or 0:.3f} or "
        "more. What follows is the nearest there is, and may have nothing to do with the query."
    )
    return "No good match", said
