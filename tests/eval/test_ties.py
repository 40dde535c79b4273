from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics import Judged, P
from eval.ties import precision_bounds, tied_queries


def bounds(
    hits: list[int], scores: list[float], at: int, *, exhausted: bool = True
) -> tuple[float, float]:
    judged = Judged(np.array([hits], dtype=bool), np.array([max(1, sum(hits))]))
    least, most = precision_bounds(judged, np.array([scores]), at, exhausted=np.array([True]))
    return least[0], most[0]


def test_without_ties_the_bounds_are_the_value() -> None:
    assert bounds([1, 0, 1], [3, 2, 1], at=2) == (0.5, 0.5)


def test_queries_with_equal_scores() -> None:
    scores = np.array([[3, 2, 1], [3, 3, 1], [3, -np.inf, -np.inf]])
    assert tied_queries(scores).tolist() == [False, True, False]


def test_ties_by_hand() -> None:
    # Two hits to be had, so P@2 looks at two; the first is sure, one of three tied ones is a hit.
    assert bounds([1, 0, 1, 0], [3, 2, 2, 2], at=2) == (0.5, 1.0)
    # All of the tied block is taken: its order changes nothing.
    assert bounds([1, 0, 1], [2, 2, 2], at=3) == (0.5, 1.0)


def test_beyond_what_is_known_anything_may_be() -> None:
    judged = Judged(np.array([[0, 0]], dtype=bool), np.array([5]))
    scores = np.array([[1.0, 1.0]])
    least, most = precision_bounds(judged, scores, 1, exhausted=np.array([False]))
    assert (least[0], most[0]) == (0.0, 1.0)
    least, most = precision_bounds(judged, scores, 1, exhausted=np.array([True]))
    assert (least[0], most[0]) == (0.0, 0.0)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 2)), min_size=1, max_size=6).filter(
        lambda drawn: any(hit for hit, _ in drawn)
    ),
    st.integers(1, 6),
)
def test_the_bounds_are_what_all_orders_reach(drawn: list[tuple[bool, int]], at: int) -> None:
    at = min(at, len(drawn))
    ranked = sorted(drawn, key=lambda pair: -pair[1])
    total = sum(hit for hit, _ in ranked)
    reached = []
    for order in permutations(ranked):
        if [score for _, score in order] == [score for _, score in ranked]:
            judged = Judged(np.array([[hit for hit, _ in order]]), np.array([total]))
            reached.append(P(at).of(judged)[0])
    judged = Judged(np.array([[hit for hit, _ in ranked]]), np.array([total]))
    scores = np.array([[float(score) for _, score in ranked]])
    least, most = precision_bounds(judged, scores, at, exhausted=np.array([True]))
    assert (least[0], most[0]) == pytest.approx((min(reached), max(reached)))
