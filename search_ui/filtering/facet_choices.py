"""The choices of every filter, with the number of images that each would let through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from radalike.library import Library
from search_ui.filtering.filter_state import KEYWORDS, NUMBERS, Filters, conditions_of, values_of
from search_ui.words import in_order, title


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a filter offers, and the number of images that it would let through."""

    value: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """The choices by keyword field, the counts by number of those that have one, the images that
    pass all filters, and all images."""

    choices: Mapping[str, tuple[Choice, ...]]
    numbers: Mapping[str, Mapping[int, int]]
    passing: int
    total: int


def facets_of(library: Library, filters: Filters) -> Facets:
    """Each filter counts the images that pass the *other* ones: what choosing a value would add.
    A value with none is offered only while it is chosen, so that it can be taken back."""
    found = library.facets(conditions_of(filters))
    return Facets(
        {field: _choices(found.counts.get(field, {}), filters, field) for field in KEYWORDS},
        {
            field: {int(number): count for number, count in found.counts.get(field, {}).items()}
            for field in NUMBERS
        },
        passing=found.passing,
        total=found.total,
    )


def _choices(counts: Mapping[str | int, int], filters: Filters, field: str) -> tuple[Choice, ...]:
    named = {str(value): count for value, count in counts.items()}
    offered = in_order(field, [*named, *values_of(filters, field)])
    return tuple(Choice(value, title(field, value), named.get(value, 0)) for value in offered)
