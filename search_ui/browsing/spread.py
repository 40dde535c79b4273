"""How the images that pass are spread over modalities, regions, labels, ages and years."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from radalike.filters import Value
from radalike.library import Library
from search_ui.filtering.filter_state import NUMBERS, Filters, condition_of
from search_ui.words import field_title, in_order, title

FIELDS = ("modality", "anatomy", "dataset", "split", "labels")
"""What is counted by value, as bars."""

_SHOWN = 12
_MOST_BINS = 24


@dataclass(frozen=True, slots=True)
class Bar:
    """A value, how many images have it, and their share of the images that pass."""

    title: str
    images: int
    share: float


@dataclass(frozen=True, slots=True)
class FieldSpread:
    """The values of one field that most images have; `others` are not listed."""

    title: str
    bars: tuple[Bar, ...]
    others: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Images whose number is from `low` to `high`, both included."""

    low: int
    high: int
    images: int

    @property
    def title(self) -> str:
        """`40 to 44`, `2021`."""
        return str(self.low) if self.low == self.high else f"{self.low} to {self.high}"


@dataclass(frozen=True, slots=True)
class NumberSpread:
    """A histogram of one field. said: how many of the images have a number."""

    title: str
    bins: tuple[Bin, ...]
    said: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Of `passing` images; a field that none of them has is left out."""

    fields: tuple[FieldSpread, ...]
    numbers: tuple[NumberSpread, ...]
    passing: int


def spread_of(library: Library, filters: Filters) -> Spread:
    """The images that pass all `filters`, so that a field's own filter counts too: unlike the
    counts beside the filters, which say what choosing another value would show. Raises
    LibraryError."""
    condition = condition_of(filters)
    # Under a name that is no field's, so that it holds for all of them.
    found = library.facets({} if condition is None else {"passing": condition})
    counted = {name: found.counts.get(name, {}) for name in (*FIELDS, *NUMBERS)}
    return Spread(
        tuple(_field(name, counted[name], found.passing) for name in FIELDS if counted[name]),
        tuple(_numbers(name, counted[name]) for name in NUMBERS if counted[name]),
        found.passing,
    )


def bins_of(counts: Mapping[int, int], most: int = _MOST_BINS) -> tuple[Bin, ...]:
    """At most `most` bins of one round width (1, 2, 5, 10, 20, …) that hold all of `counts`; those
    in between that hold nothing too. counts: images by number, one or more."""
    low, high = min(counts), max(counts)
    width = next(each for each in _widths() if high // each - low // each < most)
    first, last = low // width, high // width
    held = dict.fromkeys(range(first, last + 1), 0)
    for number, images in counts.items():
        held[number // width] += images
    return tuple(
        Bin(place * width, place * width + width - 1, images) for place, images in held.items()
    )


def _widths() -> Iterator[int]:
    for power in count():
        yield from (factor * 10**power for factor in (1, 2, 5))


def _field(name: str, counts: Mapping[Value, int], passing: int) -> FieldSpread:
    named = {str(value): images for value, images in counts.items()}
    most = sorted(named, key=lambda value: (-named[value], value))[:_SHOWN]
    # Many values by their number; few stay in the order in which the filters have them.
    listed = most if len(named) > _SHOWN else in_order(name, most)
    return FieldSpread(
        field_title(name),
        tuple(
            Bar(title(name, value), named[value], named[value] / passing if passing else 0.0)
            for value in listed
        ),
        len(named) - len(listed),
    )


def _numbers(name: str, counts: Mapping[Value, int]) -> NumberSpread:
    by_number = {int(number): images for number, images in counts.items()}
    return NumberSpread(field_title(name), bins_of(by_number), sum(by_number.values()))
