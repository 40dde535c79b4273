"""The filter tree: what can be built, and what each node means."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.errors import InvalidFilter, UnknownName
from radalike.filters import (
    And,
    Filter,
    Value,
    all_of,
    any_of,
    asks_for_ids,
    between,
    eq,
    fields_of,
    has_id,
    is_empty,
    matches,
    not_,
)

POINT: dict[str, Any] = {"modality": "CT", "labels": ["mass", "effusion"], "age": 60}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (eq("modality", "CT"), True),
        (eq("modality", "MR"), False),
        (eq("modality", "ct"), False),
        (eq("labels", "effusion"), True),
        (eq("labels", "mas"), False),
        (eq("organ", "liver"), False),
        (eq("age", 60), True),
        (any_of("labels", ["fracture", "mass"]), True),
        (any_of("modality", ["MR", "US"]), False),
        (any_of("modality", []), False),
        (any_of("age", [1, 60]), True),
        (between("age", 60, 60), True),
        (between("age", 61), False),
        (between("age", at_most=59), False),
        (between("age", at_least=18), True),
        (between("age", 70, 50), False),
        (between("age"), True),
        (between("year"), False),
        (has_id(["a", "b"]), True),
        (has_id(["b"]), False),
        (has_id([]), False),
        (is_empty("organ"), True),
        (is_empty("labels"), False),
        (not_(eq("organ", "liver")), True),
        (not_(eq("modality", "CT")), False),
        (And((eq("modality", "CT"), between("age", 50, 70))), True),
        (And((eq("modality", "CT"), between("age", 50, 55))), False),
        (not_(And((eq("modality", "CT"), is_empty("labels")))), True),
    ],
)
def test_meaning(condition: Filter, expected: bool) -> None:
    assert matches(condition, "a", POINT) is expected


def test_a_field_without_values_is_empty() -> None:
    assert matches(is_empty("labels"), "a", {"labels": []})
    assert matches(is_empty("organ"), "a", {"organ": None})


def test_an_unknown_field_is_named_with_its_neighbours() -> None:
    with pytest.raises(UnknownName, match="Did you mean modality"):
        eq("modalty", "CT")
    for build in (is_empty, between):
        with pytest.raises(UnknownName):
            build("colour")
    with pytest.raises(UnknownName):
        any_of("colour", [])


@pytest.mark.parametrize(
    ("name", "value"), [("modality", 3), ("age", "60"), ("age", True), ("labels", 1)]
)
def test_a_value_of_the_wrong_type_is_refused(name: str, value: Value) -> None:
    with pytest.raises(InvalidFilter) as caught:
        eq(name, value)
    assert caught.value.data == {"field": name}
    assert caught.value.hint.startswith(name)
    with pytest.raises(InvalidFilter):
        any_of(name, [value])


def test_only_numbers_have_ranges() -> None:
    with pytest.raises(InvalidFilter, match="sex is not a number"):
        between("sex")
    with pytest.raises(InvalidFilter):
        between("age", 1.5)  # type: ignore[arg-type]


def test_all_of_is_as_small_as_it_can_be() -> None:
    one, two = eq("modality", "CT"), eq("sex", "F")
    assert all_of() is None
    assert all_of(None, None) is None
    assert all_of(None, one) is one
    assert all_of(one, None, two) == And((one, two))


def test_filters_are_values() -> None:
    assert {eq("sex", "F"), eq("sex", "F"), has_id(["b", "a"]), has_id(["a", "b"])} == {
        eq("sex", "F"),
        has_id(["a", "b"]),
    }


modalities = st.sampled_from(["CT", "MR", "US"])
payloads = st.fixed_dictionaries(
    {},
    optional={
        "modality": modalities,
        "labels": st.lists(st.sampled_from(["a", "b", "c"]), unique=True),
        "age": st.integers(0, 90),
    },
)
leaves: st.SearchStrategy[Filter] = st.one_of(
    st.builds(eq, st.just("modality"), modalities),
    st.builds(any_of, st.just("labels"), st.lists(st.sampled_from(["a", "b", "d"]))),
    st.builds(between, st.just("age"), st.none() | st.integers(0, 90), st.integers(0, 90)),
    st.builds(is_empty, st.sampled_from(["modality", "labels", "age"])),
    st.builds(has_id, st.lists(st.sampled_from(["p", "q"]))),
)


@given(leaves, leaves, payloads)
def test_not_and_all_of_are_those_of_logic(
    one: Filter, two: Filter, payload: dict[str, Any]
) -> None:
    first, second = matches(one, "p", payload), matches(two, "p", payload)
    both = all_of(one, two)
    assert both is not None
    assert matches(not_(one), "p", payload) is not first
    assert matches(both, "p", payload) is (first and second)
    assert matches(not_(both), "p", payload) is not (first and second)


@given(st.lists(modalities), payloads)
def test_any_of_is_eq_to_one_of_them(values: list[str], payload: dict[str, Any]) -> None:
    expected = any(matches(eq("modality", value), "p", payload) for value in values)
    assert matches(any_of("modality", values), "p", payload) is expected


def test_what_decides_a_filter() -> None:
    condition = all_of(eq("modality", "CT"), not_(all_of(between("age", 3), has_id(["a"]))))
    assert fields_of(condition) == {"modality", "age"}
    assert asks_for_ids(condition)
    assert fields_of(None) == fields_of(has_id([])) == frozenset()
    assert not asks_for_ids(None)
    assert not asks_for_ids(is_empty("organ"))
    assert fields_of(is_empty("organ")) == {"organ"}
