"""What of the library is looked at, as frozen data that goes into the page's address and back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from radalike.errors import UsageError
from search_ui.filtering.filter_state import (
    KEYWORDS,
    NO_FILTERS,
    NUMBERS,
    Filters,
    Params,
    filter_params,
)
from search_ui.searching.search_state import from_params

_OPEN, _AFTER, _SHOW, _COUNTS = "open", "after", "show", "counts"
_OWN = (_OPEN, _AFTER, _SHOW, *KEYWORDS, *NUMBERS)
_DIGITS = 18


@dataclass(frozen=True, slots=True)
class BrowseState:
    """trail: where each page before this one ended (`Listing.after`), so that there is a way back;
    none for the first page. linked: the trail begins in the middle, at the page of a link: how many
    pages come before that one is not known. counts: whether counts are looked at, not images.
    opened: id of the image that is looked at."""

    filters: Filters = NO_FILTERS
    trail: tuple[int, ...] = ()
    linked: bool = False
    counts: bool = False
    opened: str | None = None

    @property
    def after(self) -> int | None:
        return self.trail[-1] if self.trail else None

    @property
    def page(self) -> int | None:
        """From 1; None where it is not known."""
        return None if self.linked else len(self.trail) + 1


def refiltered(state: BrowseState, filters: Filters) -> BrowseState:
    """Other images pass: from their first page on."""
    return BrowseState(filters, counts=state.counts)


def next_page(state: BrowseState, after: int) -> BrowseState:
    return replace(state, trail=(*state.trail, after))


def previous_page(state: BrowseState) -> BrowseState:
    """The page before this one; before the page of a link the first is the only one known."""
    trail = state.trail[:-1]
    return replace(state, trail=trail, linked=state.linked and bool(trail))


def opened(state: BrowseState, image: str | None) -> BrowseState:
    """Look at one image, or, for None, at all of them again."""
    return replace(state, opened=image)


def showing(state: BrowseState, *, counts: bool) -> BrowseState:
    return replace(state, counts=counts)


def state_at(
    state: BrowseState, address: Params, written: Params | None, *, acted: bool, returned: bool
) -> BrowseState:
    """The state after the browser came with `address`, where the page last wrote `written`.

    They differ on the first visit, and when the user went back or forward in the browser: then the
    address counts, unless the user `acted` on the page before the browser had taken it over. Who
    `returned` from another page by its link, which asks for nothing, is where he was.
    Raises as `state_from`.
    """
    own = own_params(address)
    if acted or own == written or (returned and not own):
        return state
    asked = state_from(address)
    if asked.filters != state.filters or asked.after is None:
        return asked
    if asked.after in state.trail:
        known = state.trail[: state.trail.index(asked.after) + 1]
        return replace(asked, trail=known, linked=state.linked)
    return asked


def state_from(params: Params) -> BrowseState:
    """The state that an address asks for; parameters that are not ours are left alone.

    Raises RecordNotFound for an id that can be none, UnknownName for a modality or region that does
    not exist, UsageError for a range or page that is none.
    """
    own = own_params(params)
    asked = from_params({name: own[name] for name in own if name != _AFTER})
    after = _after(next(reversed(own.get(_AFTER, [])), "").strip())
    return BrowseState(
        asked.filters,
        () if after is None else (after,),
        linked=after is not None,
        counts=own.get(_SHOW) == [_COUNTS],
        opened=asked.opened,
    )


def to_params(state: BrowseState) -> dict[str, list[str]]:
    """What differs from the default, for the address."""
    params = filter_params(state.filters)
    if state.after is not None:
        params[_AFTER] = [str(state.after)]
    if state.counts:
        params[_SHOW] = [_COUNTS]
    if state.opened is not None:
        params[_OPEN] = [state.opened]
    return params


def own_params(params: Params) -> dict[str, list[str]]:
    """Those of `params` that are ours."""
    return {name: list(values) for name, values in params.items() if name in _OWN and values}


def _after(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise UsageError(
            "the address asks for a page that cannot be",
            hint="check the link, or leave `after=` out for the first page",
        )
    return int(text)
