from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from eval.metrics import Summary, group_means, summarise


def test_summary_by_hand() -> None:
    queries = np.array([0, 1, 0, 2])
    (summary,) = summarise(np.array([[1.0], [0.5], [0.0], [0.9]]), queries)
    assert summary.micro == pytest.approx(0.6)
    assert summary.macro == pytest.approx((0.5 + 0.5 + 0.9) / 3)
    assert summary.micro_std == pytest.approx(np.std([1, 0.5, 0, 0.9], ddof=1))
    # Only class 0 has two queries, so only it has a standard deviation.
    assert summary.macro_std == pytest.approx(np.std([1, 0], ddof=1))


def test_a_single_query_has_no_standard_deviation() -> None:
    (summary,) = summarise(np.array([[0.5]]), np.array([3]))
    assert (summary.micro, summary.macro) == (0.5, 0.5)
    assert math.isnan(summary.micro_std)
    assert math.isnan(summary.macro_std)


def test_no_query_has_no_numbers() -> None:
    (summary,) = summarise(np.empty((0, 1)), np.array([], dtype=int))
    assert all(math.isnan(getattr(summary, name)) for name in Summary.__slots__)


queries_of = hnp.arrays(np.int64, st.integers(1, 30), elements=st.integers(0, 3))


@given(
    hnp.arrays(np.float64, (7, 2), elements=st.floats(0, 1, width=16)),
    hnp.arrays(np.int64, 7, elements=st.integers(0, 2)),
    st.permutations(range(7)),
)
def test_the_order_of_the_queries_does_not_matter(
    values: np.ndarray, classes: np.ndarray, order: list[int]
) -> None:
    one, other = summarise(values, classes), summarise(values[order], classes[order])
    for a, b in zip(one, other, strict=True):
        for name in Summary.__slots__:
            assert getattr(a, name) == pytest.approx(getattr(b, name), nan_ok=True, abs=1e-12)


@given(
    queries_of.flatmap(
        lambda queries: st.tuples(
            st.just(queries),
            hnp.arrays(np.float64, (len(queries), 2), elements=st.floats(0, 1, width=16)),
        )
    )
)
def test_a_summary_is_the_one_pandas_gives(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    queries, values = drawn
    for column, summary in enumerate(summarise(values, queries)):
        frame = pd.DataFrame({"label": queries, "value": values[:, column]})
        by_class = frame.groupby("label")["value"]
        expected = (
            frame["value"].mean(),
            by_class.mean().mean(),
            frame["value"].std(),
            by_class.std().mean(),
        )
        given = (summary.micro, summary.macro, summary.micro_std, summary.macro_std)
        assert given == pytest.approx(expected, nan_ok=True, abs=1e-12)


@given(
    hnp.arrays(np.float64, (9, 2), elements=st.floats(0, 1, width=16)),
    hnp.arrays(np.int64, 9, elements=st.integers(0, 2)),
    hnp.arrays(np.int64, 9, elements=st.integers(0, 3)),
)
def test_groups_are_summarised_as_if_each_were_alone(
    values: np.ndarray, classes: np.ndarray, groups: np.ndarray
) -> None:
    found = group_means(values, classes, groups)
    assert found.groups.tolist() == sorted(set(groups.tolist()))
    for row, group in enumerate(found.groups):
        alone = summarise(values[groups == group], classes[groups == group])
        assert found.n_queries[row] == (groups == group).sum()
        assert found.micro[row] == pytest.approx([each.micro for each in alone], abs=1e-12)
        assert found.macro[row] == pytest.approx([each.macro for each in alone], abs=1e-12)
