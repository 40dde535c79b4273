"""Worked by hand: four queries among images of two classes, their neighbours given."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from eval.ann import judging
from eval.ann.asking import Answers
from eval.ann.judging import Exact, Guard, measure
from eval.ann.report import Measured
from eval.exclusion import exclusion_of
from eval.images import Column, Images, Rows
from eval.ranking import Ranking
from eval.relevance import relevance_of
from radalike.errors import UsageError

COUNT = 24
GUARD = Guard(tolerance=0.002, draws=200, seed=0)
LABEL = relevance_of("label")
QUERIES = np.array([0, 1, 2, 3])


def images_of(labels: list[int]) -> Images:
    codes = np.array(labels, dtype=np.int32)
    patients = np.arange(COUNT, dtype=np.int32)
    columns = {"label": Column(codes, ("a", "b")), "patient": Column(patients, ("p",) * COUNT)}
    return Images(np.array([f"{row:036}" for row in range(COUNT)], dtype="S36"), columns, {})


def exact_of(
    labels: list[int], neighbours: np.ndarray[tuple[int, int], np.dtype[np.int64]]
) -> Exact:
    images = images_of(labels)
    exclusion = exclusion_of(images, QUERIES, ())
    scores = np.where(neighbours >= 0, 1 - np.arange(neighbours.shape[1]) / 100, -np.inf)
    ranking = Ranking("e", QUERIES, np.arange(COUNT), neighbours, scores, exclusion)
    return Exact.of(images, ranking, LABEL)


# Rows 0 to 13 are of class a, the others of b; the first ten neighbours of each query are of a.
LABELS = [0] * 14 + [1] * 10
EXACT = np.tile(np.arange(4, 14), (4, 1))


def measured(found: Rows, guard: Guard = GUARD) -> Measured:
    answers = {10: Answers(found, np.array([1.0, 2.0, 3.0, 100.0]))}
    return measure("no filter", exact_of(LABELS, EXACT), answers, LABEL, guard)


def test_the_same_neighbours_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "FEW", 4)
    same = measured(EXACT)
    (depth,) = same.depths
    assert (depth.k, depth.recall, depth.rank_biased_overlap) == (10, 1.0, 1.0)
    assert depth.p50 == 2.5
    assert depth.p50 < depth.p95 < depth.p99 < 100
    for change in same.changes:
        assert (change.exact, change.found, change.difference) == (1.0, 1.0, 0.0)
        assert (change.low, change.high) == (0.0, 0.0)
    assert [change.metric for change in same.changes] == ["P@1", "P@10"]
    assert (same.n_queries, same.n_scored, same.decided_by) == (4, 4, "P@10")
    assert not same.failed
    assert not same.unsure


def test_a_lost_neighbour_costs_what_it_was_worth(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first neighbour of one query of four is another, of the other class."""
    monkeypatch.setattr(judging, "FEW", 4)
    found = EXACT.copy()
    found[2, 0] = 20
    lost = measured(found)
    assert lost.depths[0].recall == pytest.approx((3 + 0.9) / 4)
    assert 0.75 < lost.depths[0].rank_biased_overlap < 1
    first, tenth = lost.changes
    assert (first.exact, first.found, first.difference) == (1.0, 0.75, -0.25)
    assert tenth.difference == pytest.approx(-0.1 / 4)
    assert tenth.low <= tenth.difference <= tenth.high
    assert lost.failed
    assert not measured(found, replace(GUARD, tolerance=0.025)).failed


def test_another_neighbour_of_the_class_costs_nothing_but_may() -> None:
    """Fewer than FEW queries: recall decides."""
    found = EXACT.copy()
    found[:, 9] = 1  # of the class, too
    other = measured(found)
    assert other.changes[1].difference == 0.0
    assert other.depths[0].recall == 0.9
    assert (other.decided_by, other.failed) == ("recall@10", True)


def test_a_sample_that_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """One query loses what another gains: on average nothing, but it may be otherwise."""
    monkeypatch.setattr(judging, "FEW", 4)
    exact = EXACT.copy()
    exact[0, 9] = 20
    answers = exact.copy()
    answers[0, 9], answers[1, 9] = 13, 20
    found = {10: Answers(answers, np.ones(4))}
    unsure = measure("no filter", exact_of(LABELS, exact), found, LABEL, GUARD)
    assert unsure.changes[1].difference == pytest.approx(0.0)
    assert unsure.changes[1].low < -0.002
    assert unsure.depths[0].recall == pytest.approx(0.95)
    assert not unsure.failed
    assert unsure.unsure


def test_fewer_found_than_there_are() -> None:
    found = EXACT.copy()
    found[:, 5:] = -1
    half = measured(found)
    assert half.depths[0].recall == 0.5
    assert half.changes[1].found == 0.5
    assert half.failed


def test_nothing_to_score() -> None:
    """No labels: recall decides, P@N does not exist."""
    exact = exact_of([-1] * COUNT, EXACT)
    found = {10: Answers(EXACT, np.ones(4))}
    without = measure("no filter", exact, found, LABEL, GUARD)
    assert (without.n_scored, without.decided_by, without.failed) == (0, "recall@10", False)
    assert all(math.isnan(change.difference) for change in without.changes)


def test_queries_without_neighbours_do_not_count() -> None:
    exact = EXACT.copy()
    exact[3] = -1
    some = measure("f", exact_of(LABELS, exact), {10: Answers(exact, np.ones(4))}, LABEL, GUARD)
    assert some.n_queries == 3
    assert some.depths[0].recall == 1.0


def test_no_neighbours_at_all() -> None:
    with pytest.raises(UsageError, match="no query has another image"):
        exact_of(LABELS, np.full((4, 10), -1))


def test_without_draws_there_is_no_interval() -> None:
    assert math.isnan(measured(EXACT, replace(GUARD, draws=0)).changes[1].low)
