"""How images are spread: counted over a real library, and binned."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from radalike.library import Library
from search_ui.browsing.spread import Bar, Bin, bins_of, spread_of
from search_ui.filtering.filter_state import NO_FILTERS, Filters, Span
from search_ui.served import Served


def test_what_passes_is_counted(library: Library) -> None:
    spread = spread_of(library, NO_FILTERS)
    assert spread.passing == 24
    by_title = {field.title: field.bars for field in spread.fields}
    # A field that no image has, such as Split here, is left out.
    assert list(by_title) == ["Modality", "Anatomy", "Data set", "Label"]
    assert by_title["Modality"] == (
        Bar("CT", 12, 0.5),
        Bar("MR", 6, 0.25),
        Bar("Ultrasound", 6, 0.25),
    )
    assert spread.numbers == ()


def test_filter_of_a_field_counts_for_the_field_itself(library: Library) -> None:
    spread = spread_of(library, Filters(modality=("MR",)))
    assert spread.passing == 6
    assert spread.fields[0].bars == (Bar("MR", 6, 1.0),)
    assert spread.fields[-1].bars == (
        Bar("MR/brain/disc 0", 3, 0.5),
        Bar("MR/brain/disc 1", 3, 0.5),
    )


def test_nothing_passes(library: Library) -> None:
    spread = spread_of(library, Filters(modality=("XR",)))
    assert (spread.fields, spread.numbers, spread.passing) == ((), (), 0)


def test_ages_and_years(clinic: Served) -> None:
    ages, years = spread_of(clinic.library, NO_FILTERS).numbers
    assert (ages.title, ages.said) == ("Age", 48)  # the two copies have none
    assert [(each.low, each.high, each.images) for each in ages.bins[:2]] == [
        (20, 24, 4),
        (25, 29, 4),
    ]
    assert [each.title for each in years.bins] == ["2010", "2011", "2012", "2013", "2014"]
    (older,) = spread_of(clinic.library, Filters(age=Span(70), year=Span(2010, 2010))).numbers[:1]
    assert sum(each.images for each in older.bins) == older.said == 4


def test_bins_by_hand() -> None:
    assert bins_of({2015: 3}) == (Bin(2015, 2015, 3),)
    assert bins_of({1: 1, 4: 2}) == (Bin(1, 1, 1), Bin(2, 2, 0), Bin(3, 3, 0), Bin(4, 4, 2))
    assert [each.title for each in bins_of({0: 1, 9: 1, 30: 5}, most=7)] == [
        "0 to 4",
        "5 to 9",
        "10 to 14",
        "15 to 19",
        "20 to 24",
        "25 to 29",
        "30 to 34",
    ]


@given(
    st.dictionaries(st.integers(0, 10**6), st.integers(1, 10**6), min_size=1, max_size=50),
    st.integers(2, 40),
)
def test_bins_hold_every_image_once(counts: dict[int, int], most: int) -> None:
    bins = bins_of(counts, most)
    assert len(bins) <= most
    assert len({each.high - each.low for each in bins}) == 1
    assert all(left.high + 1 == right.low for left, right in pairwise(bins))
    held: Counter[int] = Counter()
    for number, images in counts.items():
        (place,) = [at for at, each in enumerate(bins) if each.low <= number <= each.high]
        held[place] += images
    assert [each.images for each in bins] == [held[place] for place in range(len(bins))]
    assert bins[0].images
    assert bins[-1].images
