"""Vectors that are refused, and normalisation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from radalike.errors import InvalidVector
from radalike.records import Vectors
from radalike.vectors import check_unit, normalised

features = arrays(
    np.float32,
    st.tuples(st.integers(0, 5), st.integers(1, 8)),
    elements=st.floats(-1e6, 1e6, width=32),
).filter(lambda values: bool((np.abs(values).max(axis=1) > 1e-6).all()))


@given(features)
def test_normalised_rows_are_unit_vectors_in_the_same_direction(values: Vectors) -> None:
    unit = normalised(values)
    assert unit.dtype == np.float32
    assert unit.shape == values.shape
    check_unit(unit)
    lengths = np.linalg.norm(values.astype(np.float64), axis=1, keepdims=True)
    np.testing.assert_allclose(unit * lengths, values, rtol=1e-5, atol=1e-5)


@given(features)
def test_normalising_twice_changes_nothing(values: Vectors) -> None:
    once = normalised(values)
    np.testing.assert_allclose(normalised(once), once, rtol=0, atol=2e-7)


def test_a_large_vector_does_not_overflow() -> None:
    np.testing.assert_allclose(normalised(np.full((1, 4), 3e38, np.float32)), 0.5, atol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0])
def test_what_has_no_direction_is_refused_and_its_rows_are_named(value: float) -> None:
    values = np.ones((4, 3), dtype=np.float32)
    values[2] = value
    with pytest.raises(InvalidVector) as caught:
        normalised(values)
    assert caught.value.data == {"rows": [2]}
    with pytest.raises(InvalidVector) as caught:
        check_unit(values)
    assert caught.value.data == {"rows": [0, 1, 2, 3]}


def test_one_bad_value_is_enough() -> None:
    values = normalised(np.ones((2, 3), dtype=np.float32))
    values[1, 0] = np.nan
    for check in (check_unit, normalised):
        with pytest.raises(InvalidVector, match="1 of 2"):
            check(values)


@pytest.mark.parametrize(("length", "valid"), [(1.0005, True), (0.9995, True), (1.01, False)])
def test_the_tolerance_lets_half_precision_pass(length: float, valid: bool) -> None:
    values = np.array([[length, 0]], dtype=np.float32)
    if valid:
        check_unit(values)
    else:
        with pytest.raises(InvalidVector):
            check_unit(values)
