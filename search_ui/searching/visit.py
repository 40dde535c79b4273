"""One user's way from query to query, and how each step changes it: pure functions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from radalike.library.search.marks import NO_MARKS, Marks
from radalike.library.search.regions import Region
from radalike.library.search.uploads import UploadInfo
from search_ui.filtering.filter_state import NO_FILTERS, Params
from search_ui.searching.search_state import SearchState, from_params, own_params


@dataclass(frozen=True, slots=True)
class Shown:
    """How an uploaded image is looked at, and so what is searched with: a frame (from 0, None for
    the middle one), and grey values by a window (centre, width), or by a rendering."""

    frame: int | None = None
    window: tuple[float, float] | None = None
    rendering: str = "stored-window"


@dataclass(frozen=True, slots=True, eq=False)
class UploadedQuery:
    """An uploaded image. token: what the store of uploads knows it by. picture: a JPEG of what is
    shown, `width` by `height` pixels at its full size; content: the hash of these pixels. patient:
    the pseudonym of its patient, None where it names none. Its name and identifiers are not kept.
    """

    token: str
    info: UploadInfo
    shown: Shown
    picture: bytes
    content: str
    width: int
    height: int
    patient: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that was asked before: neither `like` nor `text` for the uploaded image."""

    like: str | None
    text: str
    region: Region | None


@dataclass(frozen=True, slots=True)
class Visit:
    """What is asked for now, the uploaded image if there is one, the queries before this one,
    oldest first, and what has been marked in the results of this one."""

    state: SearchState = field(default_factory=SearchState)
    uploaded: UploadedQuery | None = None
    trail: tuple[Asked, ...] = ()
    marks: Marks = NO_MARKS

    @property
    def has_query(self) -> bool:
        return self.state.like is not None or bool(self.state.text) or self.uploaded is not None

    @property
    def asks_with_upload(self) -> bool:
        return self.uploaded is not None and self.state.like is None and not self.state.text


def asked(state: SearchState) -> Asked:
    return Asked(state.like, state.text, state.region)


def similar_to(visit: Visit, image: str) -> Visit:
    """Image `image` becomes the query; the filters stay."""
    if image == visit.state.like:
        return closed(visit)
    return _next(visit, Asked(image, "", None))


def with_text(visit: Visit, text: str) -> Visit:
    """Words become the query; the filters stay."""
    words = " ".join(text.split())
    return _next(visit, Asked(None, words, None)) if words else visit


def with_region(visit: Visit, region: Region | None) -> Visit:
    """A part of the query image becomes the query; None: all of it again."""
    if region == visit.state.region or not (visit.state.like or visit.asks_with_upload):
        return visit
    return replace(visit, state=replace(visit.state, region=region), marks=NO_MARKS)


def _next(visit: Visit, query: Asked) -> Visit:
    trail = (*visit.trail, asked(visit.state)) if visit.has_query else visit.trail
    return replace(visit, state=_asking(visit.state, query), trail=trail, marks=NO_MARKS)


def _asking(state: SearchState, query: Asked) -> SearchState:
    return replace(state, like=query.like, text=query.text, region=query.region, opened=None)


def back(visit: Visit) -> Visit:
    """The query before this one; the same visit when there is none."""
    if not visit.trail:
        return visit
    state = _asking(visit.state, visit.trail[-1])
    return replace(visit, state=state, trail=visit.trail[:-1], marks=NO_MARKS)


def opened(visit: Visit, image: str) -> Visit:
    """Look at one image; the query stays."""
    return replace(visit, state=replace(visit.state, opened=image))


def closed(visit: Visit) -> Visit:
    """Back from one image to the results."""
    return replace(visit, state=replace(visit.state, opened=None))


def with_upload(visit: Visit, uploaded: UploadedQuery) -> Visit:
    """An uploaded image becomes the query: a new way begins; the filters stay."""
    return Visit(_asking(visit.state, Asked(None, "", None)), uploaded)


def shown_as(visit: Visit, uploaded: UploadedQuery) -> Visit:
    """The same upload, looked at in another way: another frame or window is another query."""
    return replace(visit, uploaded=uploaded, marks=NO_MARKS)


def without_query(visit: Visit) -> Visit:
    """Nothing is asked for any more; the filters stay."""
    return Visit(_asking(visit.state, Asked(None, "", None)))


def without_filters(visit: Visit) -> Visit:
    return replace(visit, state=replace(visit.state, filters=NO_FILTERS))


def marked(visit: Visit, image: str, *, relevant: bool) -> Visit:
    """Say of a result whether it is what was looked for; said twice, the mark is taken back."""
    good, bad = visit.marks.relevant, visit.marks.not_relevant
    had = image in (good if relevant else bad)
    good, bad = (tuple(each for each in marks if each != image) for marks in (good, bad))
    if not had:
        good, bad = ((*good, image), bad) if relevant else (good, (*bad, image))
    return replace(visit, marks=Marks(good, bad))


def without_marks(visit: Visit) -> Visit:
    return replace(visit, marks=NO_MARKS)


def at_address(visit: Visit, address: Params, written: Params | None, *, acted: bool) -> Visit:
    """The visit after the browser came with `address`, where the page last wrote `written`.

    They differ on the first visit, and when the user went back or forward in the browser: then
    the address counts. A user who `acted` on the page before the browser had taken over the last
    address brings an old one, which does not. Raises as `from_params`.
    """
    if acted or own_params(address) == written:
        return visit
    state = from_params(address)
    query = asked(state)
    if query == asked(visit.state):
        return replace(visit, state=state)
    if (query.like, query.text) == (visit.state.like, visit.state.text):  # another part of it
        return replace(visit, state=state, marks=NO_MARKS)
    if visit.trail and visit.trail[-1] == query:
        return replace(back(visit), state=state)
    if query.like is None and not query.text:
        return Visit(state)
    return replace(_next(visit, query), state=state)
