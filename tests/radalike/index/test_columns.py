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
from radalike.index.columns import Columns
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
            {str(value) for value in (each if isinstance(each, list) else [each])}
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
