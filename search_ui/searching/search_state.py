"""What is asked for, as frozen data that goes into the page's address and comes back out."""

from __future__ import annotations

from dataclasses import dataclass

from radalike.errors import RecordNotFound, UsageError
from radalike.library.search.queries import is_id
from radalike.library.search.regions import Region, parse_region
from search_ui.filtering.filter_state import (
    KEYWORDS,
    NO_FILTERS,
    NUMBERS,
    Filters,
    Params,
    filter_params,
    filters_from,
)

LIMITS = (5, 10, 20, 50, 100, 200)
"""Numbers of results that can be asked for."""

LONGEST_TEXT = 500
"""Characters of a query in words."""

_OWN = (
    "like",
    "text",
    "region",
    "limit",
    "exact",
    "encoder",
    "beside",
    "patient",
    "slices",
    "open",
)


@dataclass(frozen=True, slots=True)
class SearchState:
    """like: id of the library's image that is the query; text: words that are. region: the part of
    the query image that is meant, in fractions of it. encoder: "" for the library's own; beside:
    another one, whose results are shown next to its.

    same_patient: whether images of the query's own patient may be found. every_slice: whether
    duplicates and slices of one series are shown each, or as one. opened: id of the image that is
    looked at.
    """

    like: str | None = None
    text: str = ""
    region: Region | None = None
    filters: Filters = NO_FILTERS
    limit: int = 20
    exact: bool = False
    encoder: str = ""
    beside: str = ""
    same_patient: bool = False
    every_slice: bool = False
    opened: str | None = None


def from_params(params: Params) -> SearchState:
    """The state that an address asks for; parameters that are not ours are left alone.

    Raises RecordNotFound for an id that can be none, UnknownName for a modality or region that
    does not exist, UsageError for a number of results out of LIMITS, or a region or range that is
    none.
    """
    default = SearchState()
    return SearchState(
        like=_id(_last(params, "like"), "like"),
        text=_last(params, "text")[:LONGEST_TEXT],
        region=_region(_last(params, "region")),
        filters=filters_from(params),
        limit=_limit(_last(params, "limit"), default.limit),
        exact=_last(params, "exact") == "1",
        encoder=_last(params, "encoder"),
        beside=_last(params, "beside"),
        same_patient=_last(params, "patient") == "same",
        every_slice=_last(params, "slices") == "each",
        opened=_id(_last(params, "open"), "open"),
    )


def to_params(state: SearchState) -> dict[str, list[str]]:
    """What differs from the default, for the address."""
    params = {
        "like": [state.like or ""],
        "text": [state.text],
        "region": [str(state.region or "")],
        "limit": [str(state.limit)] if state.limit != SearchState().limit else [],
        "exact": ["1"] if state.exact else [],
        "encoder": [state.encoder],
        "beside": [state.beside],
        "patient": ["same"] if state.same_patient else [],
        "slices": ["each"] if state.every_slice else [],
        "open": [state.opened or ""],
    }
    given = {name: values for name, values in params.items() if any(values)}
    return filter_params(state.filters) | given


def own_params(params: Params) -> dict[str, list[str]]:
    """Those of `params` that are ours."""
    names = {*_OWN, *KEYWORDS, *NUMBERS}
    return {name: list(values) for name, values in params.items() if name in names and values}


def _last(params: Params, name: str) -> str:
    return next(reversed(params.get(name, ())), "").strip()


def _id(text: str, name: str) -> str | None:
    if text and not is_id(text):
        raise RecordNotFound(
            "the address names an image that cannot be",
            hint=f"check the link; after `{name}=` comes the id of an image of this library",
        )
    return text.lower() or None


def _region(text: str) -> Region | None:
    if not text:
        return None
    region = parse_region(text)
    if max(region.x, region.y, region.width, region.height) > 1:
        raise UsageError(
            "the address asks for a region in pixels",
            hint="write region=x,y,width,height in fractions of the image, from 0 to 1",
        )
    region.box(100_000, 100_000)  # one that is empty, or leads out of the image
    return region


def _limit(text: str, default: int) -> int:
    if not text:
        return default
    if not text.isdecimal() or int(text) not in LIMITS:
        raise UsageError(
            "the address asks for a number of results that cannot be",
            hint=f"`limit=` takes {', '.join(map(str, LIMITS))}",
        )
    return int(text)
