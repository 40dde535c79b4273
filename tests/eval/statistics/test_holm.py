from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.statistics.holm import holm
from radalike.errors import UsageError


def test_by_hand() -> None:
    # In order: 4 x 0.005 = 0.02, 3 x 0.01 = 0.03, 2 x 0.03 = 0.06, then 0.04 held up to 0.06.
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])


def test_equal_p_values_stay_equal() -> None:
    np.testing.assert_allclose(holm([0.02, 0.02, 0.5]), [0.06, 0.06, 0.5])


def test_a_table_keeps_its_shape_and_is_corrected_as_one() -> None:
    np.testing.assert_allclose(holm([[0.01, 0.6], [0.3, 0.5]]), [[0.04, 1], [0.9, 1]])


def test_one_is_itself_and_none_is_none() -> None:
    assert holm([0.03]).tolist() == [0.03]
    assert holm([]).tolist() == []


@pytest.mark.parametrize("wrong", [np.nan, -0.1, 1.1, np.inf])
def test_what_is_no_probability_is_refused(wrong: float) -> None:
    with pytest.raises(UsageError, match="1 of 2 p-values"):
        holm([0.5, wrong])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.floats(0, 1))
def test_it_rejects_what_the_step_down_procedure_rejects(
    p_values: list[float], alpha: float
) -> None:
    adjusted = holm(p_values)
    assert (adjusted >= p_values).all()
    assert (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p_values, kind="stable")]) >= 0).all()
    rejected = []
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    for left, test in zip(range(len(order), 0, -1), order, strict=True):
        if left * p_values[test] > alpha:
            break
        rejected.append(test)
    if alpha < 1:
        assert set(np.flatnonzero(adjusted <= alpha)) == set(rejected)
