from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from eval.metrics import P, Summary, measure, precision, summarise
from radalike.errors import InvalidSetting


def test_a_metric_is_a_value() -> None:
    assert str(P(5)) == "P@5"
    assert {P(5): "five"}[P(5)] == "five"
    assert P(1) < P(3)


@pytest.mark.parametrize("at", [0, -1])
def test_a_metric_that_looks_at_nothing_is_refused(at: int) -> None:
    with pytest.raises(InvalidSetting):
        P(at)


def test_precision_by_hand() -> None:
    neighbours = np.array([[0, 1, 0, 0], [0, 0, 1, 0]])
    values = precision(
        [P(1), P(2), P(3), P(4)], neighbours, queries=np.array([0, 1]), class_sizes=np.array([3, 1])
    )
    # The second query's class has one image: only the first neighbour ever counts.
    np.testing.assert_allclose(values, [[1, 1 / 2, 2 / 3, 2 / 3], [0, 0, 0, 0]])


def test_a_class_smaller_than_n_can_still_be_perfect() -> None:
    values = precision([P(10)], np.array([[7, 7, 0]]), np.array([7]), np.array([2]))
    assert values.tolist() == [[1.0]]


def test_a_query_without_an_answer_is_not_a_number() -> None:
    values = precision([P(1)], np.array([[0], [0]]), np.array([0, 5]), np.array([1, 0]))
    assert values[0, 0] == 1
    assert math.isnan(values[1, 0])


def test_too_few_neighbours_are_an_error() -> None:
    with pytest.raises(ValueError, match="P@2 needs more than 1"):
        precision([P(2)], np.array([[0]]), np.array([0]), np.array([2]))


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


def test_unanswerable_queries_are_counted_apart() -> None:
    neighbours = np.array([[0], [0], [1]])
    measured = measure([P(1)], neighbours, np.array([0, 9, 1]), np.array([1, 0, 1]))
    assert (measured.n_queries, measured.unanswerable) == (2, 1)
    assert measured.summaries[P(1)].micro == 1


CLASSES = 4
METRICS = (P(1), P(3), P(5), P(8))
queries_of = hnp.arrays(np.int64, st.integers(1, 30), elements=st.integers(0, CLASSES - 1))


@st.composite
def searches(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Neighbours (every image of an index in some order), queries and class sizes."""
    index = draw(hnp.arrays(np.int64, st.integers(1, 20), elements=st.integers(0, CLASSES - 1)))
    queries = draw(queries_of)
    order = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    neighbours = np.stack([order.permutation(index) for _ in queries])
    return neighbours, queries, np.bincount(index, minlength=CLASSES)[queries]


@given(searches())
def test_precision_is_a_proportion(search: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    neighbours, queries, sizes = search
    values = precision(METRICS, neighbours, queries, sizes)
    assert np.array_equal(np.isnan(values).all(axis=1), sizes == 0)
    answered = values[sizes > 0]
    assert ((answered >= 0) & (answered <= 1)).all()


@given(searches())
def test_precision_is_what_its_definition_says(
    search: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    neighbours, queries, sizes = search
    values = precision(METRICS, neighbours, queries, sizes)
    for row, (found, query, size) in enumerate(zip(neighbours, queries, sizes, strict=True)):
        for column, metric in enumerate(METRICS):
            n = min(metric.at, size)
            if n:
                assert values[row, column] == (found[:n] == query).sum() / n


@given(searches(), st.randoms(use_true_random=False))
def test_the_order_of_the_queries_does_not_matter(
    search: tuple[np.ndarray, np.ndarray, np.ndarray], random: object
) -> None:
    neighbours, queries, sizes = search
    order = np.arange(len(queries))
    random.shuffle(order)  # type: ignore[attr-defined]
    one = measure(METRICS, neighbours, queries, sizes)
    other = measure(METRICS, neighbours[order], queries[order], sizes[order])
    assert one.n_queries == other.n_queries
    for metric in METRICS:
        for name in Summary.__slots__:
            assert getattr(one.summaries[metric], name) == pytest.approx(
                getattr(other.summaries[metric], name), nan_ok=True, abs=1e-12
            )


@given(queries_of, st.lists(st.integers(1, 12), min_size=CLASSES, max_size=CLASSES))
def test_perfect_retrieval_scores_one(queries: np.ndarray, sizes: list[int]) -> None:
    class_sizes = np.array(sizes)[queries]
    rank = np.arange(max(sizes))
    neighbours = np.where(rank < class_sizes[:, None], queries[:, None], -1)
    measured = measure(METRICS, neighbours, queries, class_sizes)
    for summary in measured.summaries.values():
        assert summary.micro == 1
        assert summary.macro == 1


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
