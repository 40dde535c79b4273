from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics import AP, NDCG, RR, Judged, Metric, P, Recall, RPrecision, parse_metric
from radalike.errors import InvalidSetting, UnknownName, UsageError

# Two queries: hits at ranks 1 and 3 of two that there are; at rank 2 of five.
BINARY = Judged(np.array([[1, 0, 1, 0], [0, 1, 0, 0]], dtype=bool), np.array([2, 5]))


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (P(1), [1, 0]),
        (P(2), [1 / 2, 1 / 2]),
        (P(4), [1 / 2, 1 / 4]),  # the first looks at two: there are no more to be found
        (Recall(1), [1 / 2, 0]),
        (Recall(4), [1, 1 / 5]),
        (AP(4), [(1 + 2 / 3) / 2, (1 / 2) / 4]),
        (AP(1), [1, 0]),
        (RR(4), [1, 1 / 2]),
        (RR(1), [1, 0]),
        (NDCG(1), [1, 0]),
        (
            NDCG(4),
            [
                (1 + 1 / 2) / (1 + 1 / math.log2(3)),
                (1 / math.log2(3)) / (1 + 1 / math.log2(3) + 1 / 2 + 1 / math.log2(5)),
            ],
        ),
    ],
)
def test_by_hand(metric: Metric, expected: list[float]) -> None:
    assert metric.of(BINARY) == pytest.approx(expected)


def test_r_precision_by_hand() -> None:
    judged = Judged(np.array([[1, 0, 1, 0], [0, 1, 0, 0]], dtype=bool), np.array([2, 3]))
    assert RPrecision().of(judged) == pytest.approx([1 / 2, 1 / 3])
    with pytest.raises(ValueError, match="R-precision needs more than 4"):
        RPrecision().of(BINARY)


def test_graded_gains_by_hand() -> None:
    gains, ideal = np.array([[0.25, 1.0, 0.0]]), np.array([[1.0, 0.5, 0.25]], dtype=np.float32)
    found = 0.25 + 1 / math.log2(3)
    best = 1 + 0.5 / math.log2(3) + 0.25 / 2
    assert NDCG(3).of(Judged(gains, np.array([3]), ideal)) == pytest.approx([found / best])


def test_a_metric_is_a_value() -> None:
    assert str(P(5)) == "P@5"
    assert {P(5): "five"}[P(5)] == "five"
    assert P(1) < P(3)
    assert P(3) != Recall(3)


@pytest.mark.parametrize("at", [0, -1])
def test_a_metric_that_looks_at_nothing_is_refused(at: int) -> None:
    with pytest.raises(InvalidSetting, match=f"nDCG@{at}"):
        NDCG(at)


@pytest.mark.parametrize("metric", [P(5), Recall(5), AP(5), RR(5), NDCG(5)], ids=str)
def test_too_few_neighbours_are_an_error(metric: Metric) -> None:
    with pytest.raises(ValueError, match="needs more than 4"):
        metric.of(BINARY)


def test_some_of_the_queries() -> None:
    ideal = np.array([[1.0], [0.5]], dtype=np.float32)
    some = Judged(np.array([[1.0], [0.5]]), np.array([3, 1]), ideal).at(np.array([1]))
    assert (len(some), some.relevant.tolist()) == (1, [1])
    assert NDCG(1).of(some).tolist() == [1.0]


@pytest.mark.parametrize(
    ("text", "metric"),
    [
        ("P@5", P(5)),
        ("p@5", P(5)),
        ("recall@10", Recall(10)),
        ("nDCG@3", NDCG(3)),
        ("AP@100", AP(100)),
        ("RR@7", RR(7)),
        ("R-precision", RPrecision()),
    ],
)
def test_names_lead_to_metrics_and_back(text: str, metric: Metric) -> None:
    assert parse_metric(text) == metric
    assert parse_metric(str(metric)) == metric


def test_names_that_lead_nowhere() -> None:
    with pytest.raises(UnknownName):
        parse_metric("precison@5")
    with pytest.raises(UsageError, match="how many"):
        parse_metric("P")
    with pytest.raises(InvalidSetting):
        parse_metric("P@0")


METRICS = tuple(f(n) for f in (P, Recall, AP, RR, NDCG) for n in (1, 3, 8))


@st.composite
def judged(draw: st.DrawFn) -> Judged:
    """An index of up to 20 images in some order, so that all that could be found is."""
    size = draw(st.integers(8, 20))
    hits = np.array(
        draw(
            st.lists(st.lists(st.booleans(), min_size=size, max_size=size), min_size=1, max_size=9)
        )
    )
    answerable = hits.any(axis=1)
    return Judged(hits[answerable], hits[answerable].sum(axis=1))


@given(judged())
def test_every_metric_is_a_proportion(drawn: Judged) -> None:
    for metric in (*METRICS, RPrecision()):
        values = metric.of(drawn)
        assert values.shape == (len(drawn),)
        assert ((values >= 0) & (values <= 1 + 1e-12)).all()


@given(judged())
def test_the_best_ranking_scores_one(drawn: Judged) -> None:
    best = Judged(np.sort(drawn.gains, axis=1)[:, ::-1], drawn.relevant)
    for metric in (P(1), P(8), AP(1), AP(8), RR(8), NDCG(1), NDCG(8), RPrecision()):
        assert metric.of(best) == pytest.approx(np.ones(len(best)))


@given(judged())
def test_precision_is_what_its_definition_says(drawn: Judged) -> None:
    for at in (1, 3, 8):
        expected = [
            row[: min(at, total)].sum() / min(at, total)
            for row, total in zip(drawn.gains, drawn.relevant, strict=True)
        ]
        assert P(at).of(drawn).tolist() == expected
