"""What a setting's answers are worth beside the exact ones, and whether that is too little."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from eval.ann.asking import Answers
from eval.ann.report import AtDepth, Change, Measured
from eval.images import Images
from eval.judging import Judgement, judge
from eval.metrics import Judged, P, Values
from eval.ranking import Ranking
from eval.relevance import Gains, Relevance
from radalike.errors import UsageError
from radalike.library.search.comparison import rank_biased_overlap

METRICS = (P(1), P(10))
DECISIVE = METRICS[-1]

FEW = 50
"""Fewer scored queries cannot tell: one neighbour of one of them moves P@10 by more than 0.002."""


@dataclass(frozen=True, slots=True)
class Guard:
    """When a setting fails: P@10 falls by more than `tolerance`; where FEW queries can be scored,
    recall@10 is below `least_recall`. draws, seed: of the intervals; 0 draws: none."""

    tolerance: float
    draws: int
    seed: int
    least_recall: float = 0.99

    @property
    def lowest(self) -> float:
        """The least that the change may be, give or take the rounding of a mean."""
        return -self.tolerance - 1e-12


@dataclass(frozen=True, slots=True)
class Exact:
    """The exact neighbours of all queries under one filter, judged to the depth of METRICS."""

    images: Images
    ranking: Ranking
    judgement: Judgement

    @classmethod
    def of(cls, images: Images, ranking: Ranking, relevance: Relevance) -> Exact:
        """Raises UsageError when there is no neighbour to be found."""
        if not (ranking.neighbours >= 0).any():
            raise UsageError(
                "no query has another image to be found", hint="this needs two images or more"
            )
        first = replace(
            ranking,
            neighbours=ranking.neighbours[:, : DECISIVE.at],
            scores=ranking.scores[:, : DECISIVE.at],
        )
        return cls(images, ranking, judge(images, first, relevance))


def measure(
    name: str, exact: Exact, answers: Mapping[int, Answers], relevance: Relevance, guard: Guard
) -> Measured:
    """`answers` by depth, the queries in the order of `exact.ranking`, under the filter `name`."""
    depths = tuple(_at_depth(k, exact, found) for k, found in answers.items())
    changes = _changes(exact, answers[DECISIVE.at], relevance, guard)
    recall = next(each.recall for each in depths if each.k == DECISIVE.at)
    n_scored = len(exact.judgement.queries)
    enough = n_scored >= FEW
    poor = recall < guard.least_recall
    failed = changes[-1].difference < guard.lowest if enough else poor
    return Measured(
        filter=name,
        n_queries=int((exact.ranking.neighbours[:, 0] >= 0).sum()),
        n_scored=n_scored,
        depths=depths,
        changes=changes,
        decided_by=str(DECISIVE) if enough else f"recall@{DECISIVE.at}",
        failed=failed,
        unsure=not failed and poor and changes[-1].low < guard.lowest,
    )


def _at_depth(k: int, exact: Exact, answers: Answers) -> AtDepth:
    recalls, overlaps = [], []
    for wanted, found in zip(exact.ranking.neighbours[:, :k], answers.rows, strict=True):
        one, two = wanted[wanted >= 0].tolist(), found[found >= 0].tolist()
        if not one:
            continue
        recalls.append(len(set(one) & set(two)) / len(one))
        # Most are equal, and the measure is slow.
        same = one == two
        overlaps.append(1.0 if same else rank_biased_overlap(_texts(one), _texts(two)))
    p50, p95, p99 = np.percentile(answers.milliseconds, (50, 95, 99)).tolist()
    return AtDepth(
        k=k,
        recall=float(np.mean(recalls)),
        rank_biased_overlap=float(np.mean(overlaps)),
        p50=p50,
        p95=p95,
        p99=p99,
    )


def _texts(rows: list[int]) -> list[str]:
    return [str(row) for row in rows]


def _changes(
    exact: Exact, answers: Answers, relevance: Relevance, guard: Guard
) -> tuple[Change, ...]:
    judgement = exact.judgement
    if not len(judgement.queries):
        nothing = (np.nan,) * 5
        return tuple(_change(str(metric), *nothing) for metric in METRICS)
    before = _values(judgement.judged)
    after = _values(_judged(exact, answers, relevance))
    differences = after - before
    limits = _limits(exact, differences, guard)
    columns = np.column_stack([before.mean(0), after.mean(0), differences.mean(0), limits])
    return tuple(
        _change(str(metric), *column)
        for metric, column in zip(METRICS, columns.tolist(), strict=True)
    )


def _change(
    metric: str, exact: float, found: float, difference: float, low: float, high: float
) -> Change:
    return Change(
        metric=metric, exact=exact, found=found, difference=difference, low=low, high=high
    )


def _values(judged: Judged) -> Values:
    return np.stack([metric.of(judged) for metric in METRICS], axis=1)


def _judged(exact: Exact, answers: Answers, relevance: Relevance) -> Judged:
    """The answers to the queries that can be scored, judged as the exact ones were."""
    judgement = exact.judgement
    codes = exact.images.columns[relevance.column].codes
    rows = answers.rows[judgement.queries]
    gains = Gains.of(exact.images, relevance).between(
        judgement.classes[:, None], np.where(rows >= 0, codes[rows], -1)
    )
    return Judged(gains, judgement.judged.relevant)


def _limits(exact: Exact, differences: Values, guard: Guard) -> Values:
    """(metrics, 2): the interval of each mean difference."""
    if not guard.draws:
        return np.full((len(METRICS), 2), np.nan)
    from eval.statistics.bootstrap import bootstrap_intervals

    queries = exact.ranking.queries[exact.judgement.queries]
    patients = exact.images.columns["patient"].codes[queries]
    return bootstrap_intervals(
        differences, exact.judgement.classes, patients, draws=guard.draws, seed=guard.seed
    ).micro
