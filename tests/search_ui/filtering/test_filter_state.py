from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.errors import RadalikeError, UnknownName, UsageError
from radalike.filters import all_of, any_of, between
from radalike.vocabulary import MODALITY_GROUPS, REGIONS
from search_ui.filtering.filter_state import (
    KEYWORDS,
    NUMBERS,
    Filters,
    Span,
    condition_of,
    conditions_of,
    filter_params,
    filters_from,
    filters_in_words,
    span_in_words,
)


def some(values: Iterable[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from([*values, "unknown"]), unique=True).map(tuple)


WORDS = st.text(max_size=30).map(str.strip).filter(bool)
FREE = st.lists(WORDS, unique=True, max_size=4).map(tuple)
ENDS = st.none() | st.integers(0, 99_999)


def spans() -> st.SearchStrategy[Span]:
    return st.builds(Span, ENDS, ENDS).filter(
        lambda span: span.at_least is None or span.at_most is None or span.at_least <= span.at_most
    )


FILTERS = st.builds(
    Filters,
    modality=some(MODALITY_GROUPS),
    anatomy=some(REGIONS),
    organ=FREE,
    view=FREE,
    laterality=FREE,
    labels=FREE,
    sex=FREE,
    dataset=FREE,
    split=FREE,
    age=spans(),
    year=spans(),
)


@given(FILTERS)
def test_an_address_brings_its_filters_back(filters: Filters) -> None:
    assert filters_from(filter_params(filters)) == filters


@given(FILTERS)
def test_there_is_a_condition_for_each_field_that_is_set(filters: Filters) -> None:
    conditions = conditions_of(filters)
    assert set(conditions) == set(filter_params(filters))
    assert bool(conditions) == bool(filters)
    assert (condition_of(filters) is None) == (not filters)


@given(st.dictionaries(st.sampled_from([*KEYWORDS, *NUMBERS]), st.lists(st.text())))
def test_any_address_is_filters_or_one_of_our_errors(params: dict[str, list[str]]) -> None:
    with suppress(RadalikeError):
        filters = filters_from(params)
        assert filters_from(filter_params(filters)) == filters


def test_conditions() -> None:
    filters = Filters(modality=("CT", "MR"), labels=("a", "b"), age=Span(40, None), year=Span(1, 2))
    parts = (
        any_of("modality", ("CT", "MR")),
        any_of("labels", ("a", "b")),
        between("age", 40, None),
        between("year", 1, 2),
    )
    assert tuple(conditions_of(filters).values()) == parts
    assert condition_of(filters) == all_of(*parts)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("20..60", Span(20, 60)),
        ("20..", Span(20, None)),
        ("..60", Span(None, 60)),
        (" 20 .. 60 ", Span(20, 60)),
        ("42", Span(42, 42)),
        ("0..0", Span(0, 0)),
        ("٣..", Span(3, None)),  # digits of another script are digits
        ("..", Span()),
        ("", Span()),
    ],
)
def test_ranges(text: str, span: Span) -> None:
    assert filters_from({"age": [text]}).age == span


@pytest.mark.parametrize(
    "text", ["a..b", "1...2", "-5..5", "1.5..2", "1e3", "²..³", "123456..", "60..40"]
)
def test_a_range_that_is_none_is_an_error(text: str) -> None:
    with pytest.raises(UsageError, match="range of year") as caught:
        filters_from({"year": [text]})
    assert text not in str(caught.value)


def test_the_last_range_counts() -> None:
    assert filters_from({"age": ["1..2", "3..4"]}).age == Span(3, 4)


def test_zero_is_an_end_of_a_range() -> None:
    assert Span(0, None)
    assert Span(None, 0)
    assert not Span()
    assert bool(Filters(age=Span(0, None)))


def test_values_are_read_once_and_without_spaces() -> None:
    filters = filters_from({"labels": [" a ", "a", "", "B"], "sex": ["F"]})
    assert filters == Filters(labels=("a", "B"), sex=("F",))


@pytest.mark.parametrize(("field", "value"), [("modality", "XYZ"), ("anatomy", "xyzzy")])
def test_an_unknown_word_is_an_error(field: str, value: str) -> None:
    with pytest.raises(UnknownName):
        filters_from({field: [value]})


def test_filters_in_words() -> None:
    filters = Filters(
        modality=("CT", "US"), anatomy=("chest",), sex=("F",), age=Span(40, 60), year=Span(2012)
    )
    assert filters_in_words(filters) == (
        "CT or Ultrasound, Chest, Female, Age 40 to 60, Year from 2012"
    )
    assert span_in_words(Span(None, 3)) == "up to 3"
    assert filters_in_words(Filters()) == ""
