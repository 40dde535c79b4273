"""The metrics against trec_eval, by way of ir_measures and pytrec_eval.

trec_eval scores documents against judgements of all of them, in whole numbers. Where our
definitions differ from it, the difference is here, in the name of the test and its arithmetic.
Scores fall with the rank, so that no order depends on how trec_eval breaks ties.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ir_measures
import numpy as np
import pytest

from eval.metrics import AP, NDCG, RR, Judged, P, Recall, RPrecision

INDEX, DEPTH, QUERIES = 40, 25, 120
CUT_OFFS = (1, 2, 3, 5, 10, 25)


@dataclass(frozen=True)
class Rankings:
    """grades: (queries, index) of every image; ranked: (queries, depth) the images found."""

    grades: np.ndarray
    ranked: np.ndarray

    @classmethod
    def draw(cls, highest: int) -> Rankings:
        """Queries with from 1 to nearly all of the index as hits, ranked better than by chance."""
        random = np.random.default_rng(highest)
        share = random.uniform(0, 0.9, (QUERIES, 1))
        grades = random.integers(1, highest + 1, (QUERIES, INDEX))
        grades[random.random((QUERIES, INDEX)) > share] = 0
        grades[:, 0] = np.where(grades.any(axis=1), grades[:, 0], 1)
        order = np.argsort(-(grades + random.normal(0, 2, grades.shape)), axis=1)
        return cls(grades, order[:, :DEPTH])

    @property
    def relevant(self) -> np.ndarray:
        return np.asarray((self.grades > 0).sum(axis=1))

    def judged(self) -> Judged:
        # Gains are shares of 1, as Jaccard's are; trec_eval's grades are their multiples.
        shares = (self.grades / self.grades.max()).astype(np.float32)
        gains = np.take_along_axis(shares, self.ranked, axis=1)
        if self.grades.max() == 1:
            return Judged(gains > 0, self.relevant)
        return Judged(gains, self.relevant, -np.sort(-shares, axis=1)[:, :DEPTH])

    def by_oracle(self, measures: Sequence[Any]) -> dict[Any, np.ndarray]:
        """Each measure of ir_measures: (queries,)."""
        judgements = [
            ir_measures.Qrel(str(query), str(image), int(grade))
            for (query, image), grade in np.ndenumerate(self.grades)
        ]
        run = [
            ir_measures.ScoredDoc(str(query), str(image), float(-rank))
            for (query, rank), image in np.ndenumerate(self.ranked)
        ]
        values = {measure: np.full(QUERIES, np.nan) for measure in measures}
        for found in ir_measures.pytrec_eval.iter_calc(measures, judgements, run):
            values[found.measure][int(found.query_id)] = found.value
        return values


@pytest.fixture(scope="module", params=[1, 4], ids=["yes or no", "graded"])
def rankings(request: pytest.FixtureRequest) -> Rankings:
    return Rankings.draw(request.param)


def test_the_rankings_are_of_every_kind(rankings: Rankings) -> None:
    """Fewer hits than a cut-off and more, some found and some not, some first and some late."""
    assert rankings.relevant.min() == 1
    assert rankings.relevant.max() > DEPTH
    gains = rankings.judged().hits
    assert (gains.sum(axis=1) < rankings.relevant).any()
    assert gains[:, 0].any()
    assert not gains[:, 0].all()


def test_recall_and_ndcg_are_trec_evals(rankings: Rankings) -> None:
    oracle = rankings.by_oracle(
        [family @ at for family in (ir_measures.R, ir_measures.nDCG) for at in CUT_OFFS]
    )
    judged = rankings.judged()
    for at in CUT_OFFS:
        np.testing.assert_allclose(
            Recall(at).of(judged), oracle[ir_measures.R @ at], rtol=0, atol=1e-12
        )
        np.testing.assert_allclose(
            NDCG(at).of(judged), oracle[ir_measures.nDCG @ at], rtol=0, atol=1e-12
        )


def test_reciprocal_rank_is_trec_evals_where_the_hit_is_among_the_first(
    rankings: Rankings,
) -> None:
    whole = rankings.by_oracle([ir_measures.RR])[ir_measures.RR]
    for at in CUT_OFFS:  # trec_eval knows no cut-off: a hit after it counts there
        expected = np.where(whole >= 1 / at, whole, 0)
        np.testing.assert_allclose(RR(at).of(rankings.judged()), expected, rtol=0, atol=1e-12)


def test_precision_is_trec_evals_among_as_many_as_there_are_hits(rankings: Rankings) -> None:
    """trec_eval divides by N always; ours looks at, and divides by, min(N, R)."""
    every = [ir_measures.P @ n for n in range(1, DEPTH + 1)]
    table = np.stack(list(rankings.by_oracle(every).values()), axis=1)
    for at in CUT_OFFS:
        first = np.minimum(at, rankings.relevant)
        expected = table[np.arange(QUERIES), first - 1]
        np.testing.assert_allclose(P(at).of(rankings.judged()), expected, rtol=0, atol=1e-12)


def test_r_precision_is_trec_evals_where_enough_neighbours_are_known(rankings: Rankings) -> None:
    """trec_eval counts what was not ranked as misses; ours asks for a deeper ranking."""
    deep = rankings.relevant <= DEPTH
    oracle = rankings.by_oracle([ir_measures.Rprec])[ir_measures.Rprec]
    np.testing.assert_allclose(
        RPrecision().of(rankings.judged().at(deep)), oracle[deep], rtol=0, atol=1e-12
    )


def test_average_precision_is_trec_evals_over_the_hits_that_could_be_there(
    rankings: Rankings,
) -> None:
    """trec_eval divides the sum of the first N by R; ours by min(R, N), so that 1 can be had."""
    oracle = rankings.by_oracle([ir_measures.AP @ at for at in CUT_OFFS])
    for at in CUT_OFFS:
        expected = oracle[ir_measures.AP @ at] * rankings.relevant
        expected = expected / np.minimum(rankings.relevant, at)
        np.testing.assert_allclose(AP(at).of(rankings.judged()), expected, rtol=0, atol=1e-12)
