"""What is asked for, as frozen data that goes into the page's address and comes back out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from radalike.errors import RecordNotFound, UsageError
from radalike.filters import Filter, all_of, any_of
from radalike.library.queries import is_id
from radalike.vocabulary import filter_value

Params: TypeAlias = Mapping[str, Sequence[str]]
"""URL query parameters: every name with its values."""

LIMITS = range(5, 51, 5)
"""Numbers of results that can be asked for."""

FILTER_FIELDS = ("modality", "anatomy")


@dataclass(frozen=True, slots=True)
class SearchState:
    """like: id of the library's image that is the query. Of a filter's values any one may hold;
    a filter without values lets everything through."""

    like: str | None = None
    modality: tuple[str, ...] = ()
    anatomy: tuple[str, ...] = ()
    limit: int = 20
    exact: bool = False


def values_of(state: SearchState, field: str) -> tuple[str, ...]:
    """The values that filter `field`, one of FILTER_FIELDS, lets through."""
    return {"modality": state.modality, "anatomy": state.anatomy}[field]


def condition_of(state: SearchState, *, without: str | None = None) -> Filter | None:
    """The filters as one condition, None for no filter; the one on field `without` is left out."""
    return all_of(
        *(
            any_of(field, values_of(state, field))
            for field in FILTER_FIELDS
            if field != without and values_of(state, field)
        )
    )


def from_params(params: Params) -> SearchState:
    """The state that an address asks for; parameters that are not ours are left alone.

    Raises RecordNotFound for an id that can be none, UnknownName for a modality or region that
    does not exist, UsageError for a number of results out of LIMITS.
    """
    default = SearchState()
    return SearchState(
        like=_id(_last(params, "like")),
        modality=_values(params, "modality"),
        anatomy=_values(params, "anatomy"),
        limit=_limit(_last(params, "limit"), default.limit),
        exact=_last(params, "exact") == "1",
    )


def to_params(state: SearchState) -> dict[str, list[str]]:
    """What differs from the default, for the address."""
    params = {
        "like": [state.like] if state.like else [],
        "modality": list(state.modality),
        "anatomy": list(state.anatomy),
        "limit": [str(state.limit)] if state.limit != SearchState().limit else [],
        "exact": ["1"] if state.exact else [],
    }
    return {name: values for name, values in params.items() if values}


def own_params(params: Params) -> dict[str, list[str]]:
    """Those of `params` that are ours."""
    names = SearchState.__dataclass_fields__
    return {name: list(values) for name, values in params.items() if name in names and values}


def _last(params: Params, name: str) -> str:
    return next(reversed(params.get(name, ())), "").strip()


def _id(text: str) -> str | None:
    if text and not is_id(text):
        raise RecordNotFound(
            "the address names an image that cannot be",
            hint="check the link; after `like=` comes the id of an image of this library",
        )
    return text.lower() or None


def _values(params: Params, field: str) -> tuple[str, ...]:
    given = (value.strip() for value in params.get(field, ()))
    return tuple(dict.fromkeys(filter_value(field, value) for value in given if value))


def _limit(text: str, default: int) -> int:
    if not text:
        return default
    if not text.isdecimal() or int(text) not in LIMITS:
        raise UsageError(
            "the address asks for a number of results that cannot be",
            hint=f"`limit=` takes {LIMITS[0]}, {LIMITS[1]}, … {LIMITS[-1]}",
        )
    return int(text)
