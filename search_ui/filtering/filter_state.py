"""Which images are looked at, as frozen data that goes into a page's address and comes back out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from radalike.errors import UsageError
from radalike.filters import Filter, all_of, any_of, between
from radalike.vocabulary import filter_value
from search_ui.words import field_title, title

Params: TypeAlias = Mapping[str, Sequence[str]]
"""URL query parameters: every name with its values."""

KEYWORDS = (
    "modality",
    "anatomy",
    "organ",
    "view",
    "laterality",
    "labels",
    "sex",
    "dataset",
    "split",
)
NUMBERS = ("age", "year")

_SEPARATOR = ".."


@dataclass(frozen=True, slots=True)
class Span:
    """Whole numbers from `at_least` to `at_most`, both included; an end that is None is open."""

    at_least: int | None = None
    at_most: int | None = None

    def __bool__(self) -> bool:
        return self.at_least is not None or self.at_most is not None

    def __str__(self) -> str:
        low, high = ("" if each is None else str(each) for each in (self.at_least, self.at_most))
        return f"{low}{_SEPARATOR}{high}"


@dataclass(frozen=True, slots=True)
class Filters:
    """Of a field's values any one may hold; a field without values lets everything through."""

    modality: tuple[str, ...] = ()
    anatomy: tuple[str, ...] = ()
    organ: tuple[str, ...] = ()
    view: tuple[str, ...] = ()
    laterality: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    sex: tuple[str, ...] = ()
    dataset: tuple[str, ...] = ()
    split: tuple[str, ...] = ()
    age: Span = Span()
    year: Span = Span()

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))


NO_FILTERS = Filters()


def values_of(filters: Filters, field: str) -> tuple[str, ...]:
    """The values that `field`, one of KEYWORDS, lets through."""
    values: tuple[str, ...] = getattr(filters, field)
    return values


def span_of(filters: Filters, field: str) -> Span:
    """The numbers that `field`, one of NUMBERS, lets through."""
    span: Span = getattr(filters, field)
    return span


def conditions_of(filters: Filters) -> dict[str, Filter]:
    """One condition for each field that is set."""
    found: dict[str, Filter] = {
        field: any_of(field, values_of(filters, field))
        for field in KEYWORDS
        if values_of(filters, field)
    }
    for field in NUMBERS:
        span = span_of(filters, field)
        if span:
            found[field] = between(field, span.at_least, span.at_most)
    return found


def condition_of(filters: Filters) -> Filter | None:
    """All of them as one condition, None for no filter."""
    return all_of(*conditions_of(filters).values())


def filters_in_words(filters: Filters) -> str:
    """`CT or MR, Chest, Age 40 to 60`: the filters that are set."""
    words = [
        " or ".join(title(field, value) for value in values_of(filters, field))
        for field in KEYWORDS
        if values_of(filters, field)
    ]
    words += [
        f"{field_title(field)} {span_in_words(span_of(filters, field))}"
        for field in NUMBERS
        if span_of(filters, field)
    ]
    return ", ".join(words)


def span_in_words(span: Span) -> str:
    """`40 to 60`, `from 40`, `up to 60`."""
    if span.at_least is None:
        return f"up to {span.at_most}"
    return f"from {span.at_least}" if span.at_most is None else f"{span.at_least} to {span.at_most}"


def filters_from(params: Params) -> Filters:
    """The filters that an address asks for; parameters that are not ours are left alone.

    Raises UnknownName for a modality or region that does not exist, UsageError for a range that is
    none.
    """
    given: dict[str, Any] = {field: _values(params, field) for field in KEYWORDS}
    given |= {field: _span(field, params.get(field, ())) for field in NUMBERS}
    return Filters(**given)


def filter_params(filters: Filters) -> dict[str, list[str]]:
    """What is set, for the address."""
    params = {field: list(values_of(filters, field)) for field in KEYWORDS}
    params |= {
        field: [str(span_of(filters, field))] for field in NUMBERS if getattr(filters, field)
    }
    return {name: values for name, values in params.items() if values}


def _values(params: Params, field: str) -> tuple[str, ...]:
    given = (value.strip() for value in params.get(field, ()))
    return tuple(dict.fromkeys(filter_value(field, value) for value in given if value))


def _span(field: str, given: Sequence[str]) -> Span:
    text = next(reversed(given), "").strip()
    if not text:
        return Span()
    low, separator, high = text.partition(_SEPARATOR)
    ends = [each.strip() for each in (low, high if separator else low)]
    if all(not each or (each.isdecimal() and len(each) < 6) for each in ends):
        span = Span(*(int(each) if each else None for each in ends))
        if span.at_least is None or span.at_most is None or span.at_least <= span.at_most:
            return span
    raise UsageError(
        f"the address asks for a range of {field} that cannot be",
        hint=f"write {field}=20{_SEPARATOR}60, where either end may be left out",
        field=field,
    )
