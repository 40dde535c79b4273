"""Filters over columns mean what `filters.matches` says, point by point."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.filters import (
    And,
    Filter,
    any_of,
    between,
    eq,
    has_id,
    is_empty,
    matches,
    not_,
)
from radalike.index.columns import Column, Columns, column_of, joined
from radalike.records import Payload

words = st.sampled_from(["a", "b", "c"])
ages = st.integers(0, 90)
payloads = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "modality": words,
            "labels": st.lists(words, max_size=3),
            "age": ages,
        },
    ),
    max_size=12,
)
texts, numbers = st.sampled_from(["modality", "labels", "organ"]), st.sampled_from(["age", "year"])
leaves: st.SearchStrategy[Filter] = st.one_of(
    st.builds(eq, texts, words),
    st.builds(eq, numbers, ages),
    st.builds(any_of, texts, st.lists(words, max_size=3)),
    st.builds(any_of, numbers, st.lists(ages, max_size=3)),
    st.builds(between, numbers, st.none() | ages, st.none() | ages),
    st.builds(is_empty, st.one_of(texts, numbers)),
    st.builds(has_id, st.lists(st.integers(0, 14).map(str))),
)
filters = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(not_, inner),
        st.builds(lambda parts: And(tuple(parts)), st.lists(inner, max_size=3)),
    ),
    max_leaves=6,
)


@given(payloads, filters)
def test_masks_are_matches(listed: list[dict[str, Any]], condition: Filter) -> None:
    ids = [str(number) for number in range(len(listed))]
    columns = Columns(ids, listed)
    expected = [matches(condition, *point) for point in zip(ids, listed, strict=True)]
    for _ in range(2):  # columns are built on first use, and reused
        mask = columns.mask(condition)
        assert mask.dtype == np.bool_
        assert mask.tolist() == expected


@given(payloads, leaves)
def test_counts_are_numbers_of_points(listed: list[dict[str, Any]], condition: Filter) -> None:
    ids = [str(number) for number in range(len(listed))]
    columns = Columns(ids, listed)
    mask = columns.mask(condition)
    for name in ("modality", "labels", "age"):
        held = [
            set(each) if isinstance(each, list) else {each}
            for row, payload in enumerate(listed)
            if mask[row] and (each := payload.get(name)) is not None
        ]
        expected = {value: sum(value in values for values in held) for value in set().union(*held)}
        assert columns.column(name).counts(mask) == expected


def test_without_points() -> None:
    columns = Columns([], [])
    assert columns.mask(eq("modality", "CT")).tolist() == []
    assert columns.column("modality").counts(None) == {}


def test_a_field_that_is_not_indexed_is_a_fault_of_the_caller() -> None:
    payload: Payload = {"colour": "red"}
    with pytest.raises(AssertionError):
        Columns(["a"], [payload]).column("colour")


@given(payloads, payloads, st.data())
def test_columns_are_joined_and_taken_by_row(
    listed: list[dict[str, Any]], more: list[dict[str, Any]], data: st.DataObject
) -> None:
    together = [*listed, *more]
    size = len(together)
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)), dtype=bool)
    for name in ("modality", "labels", "age"):
        parts = [column_of(name, [each.get(name) for each in some]) for some in (listed, more)]
        whole = column_of(name, [each.get(name) for each in together])
        kept = [each.get(name) for each, stays in zip(together, keep, strict=True) if stays]
        assert rows_of(joined(parts)) == rows_of(whole)
        assert joined(parts).values == whole.values == sorted(whole.values)
        assert rows_of(joined(parts).taken(keep)) == rows_of(column_of(name, kept))
        assert joined(parts).taken(keep).size == len(kept)


def rows_of(column: Column) -> dict[Any, list[bool]]:
    """Which rows have each value, of those that one has."""
    found = {each: column.mask(column.chosen([each])).tolist() for each in column.values}
    return {value: rows for value, rows in found.items() if any(rows)}


@pytest.mark.parametrize(("values", "size"), [(255, 1), (256, 2), (65_535, 2), (65_536, 4)])
def test_codes_take_as_few_bytes_as_they_can(values: int, size: int) -> None:
    column = column_of("organ", [None, *(f"{number:06}" for number in range(values))])
    assert column.codes.itemsize == size
    assert column.tally(None).tolist() == [1] * values
    assert column.mask(column.chosen([f"{values - 1:06}"])).nonzero()[0].tolist() == [values]
