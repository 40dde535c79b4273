"""One user's way from query to query, and how each step changes it: pure functions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from radalike.records import Vectors
from search_ui.search_state import Params, SearchState, from_params, own_params


@dataclass(frozen=True, slots=True, eq=False)
class UploadedQuery:
    """An uploaded image, as much of it as a search needs: its vector (float32, (dimension,)), a
    small JPEG preview, and its size in pixels. Its bytes, name and metadata are not kept."""

    vector: Vectors
    preview: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Visit:
    """What is asked for now, the uploaded image if there is one, and the queries before this one,
    oldest first: an id, or None for the uploaded image."""

    state: SearchState = field(default_factory=SearchState)
    uploaded: UploadedQuery | None = None
    trail: tuple[str | None, ...] = ()

    @property
    def has_query(self) -> bool:
        return self.state.like is not None or self.uploaded is not None


def similar_to(visit: Visit, image: str) -> Visit:
    """Image `image` becomes the query; the filters stay."""
    if image == visit.state.like:
        return visit
    trail = (*visit.trail, visit.state.like) if visit.has_query else visit.trail
    return replace(visit, state=replace(visit.state, like=image), trail=trail)


def back(visit: Visit) -> Visit:
    """The query before this one; the same visit when there is none."""
    if not visit.trail:
        return visit
    state = replace(visit.state, like=visit.trail[-1])
    return replace(visit, state=state, trail=visit.trail[:-1])


def with_upload(visit: Visit, uploaded: UploadedQuery) -> Visit:
    """An uploaded image becomes the query: a new way begins; the filters stay."""
    return Visit(replace(visit.state, like=None), uploaded)


def without_query(visit: Visit) -> Visit:
    """Nothing is asked for any more; the filters stay."""
    return Visit(replace(visit.state, like=None))


def without_filters(visit: Visit) -> Visit:
    return replace(visit, state=replace(visit.state, modality=(), anatomy=()))


def at_address(visit: Visit, address: Params, written: Params | None, *, acted: bool) -> Visit:
    """The visit after the browser came with `address`, where the page last wrote `written`.

    They differ on the first visit, and when the user went back or forward in the browser: then
    the address counts. A user who `acted` on the page before the browser had taken over the last
    address brings an old one, which does not. Raises as `from_params` does.
    """
    if acted or own_params(address) == written:
        return visit
    state = from_params(address)
    if state.like == visit.state.like:
        return replace(visit, state=state)
    if visit.trail and visit.trail[-1] == state.like:
        return replace(back(visit), state=state)
    if state.like is None:
        return replace(without_query(visit), state=state)
    return replace(similar_to(visit, state.like), state=state)
