"""What the sections have in common: the library, what was asked, and the scores of each encoder,
found once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from eval.comparing import Column
from eval.metrics import AP, NDCG, RR, Metric, Recall, Summary, summarise
from eval.ranking import Progress
from eval.relevance import relevance_of
from eval.retrieval import Group, Question, RetrievalReport, Scored, score
from eval.retrieval.breakdown import check_groupings
from eval.retrieval.evaluate import report_of
from eval.retrieval.question import THE_STUDYS
from eval.retrieval.study_csv import CURVE, LARGEST
from eval.saved_state import KeptWork
from radalike.filters import Filter
from radalike.library import Library

GROUPINGS = ("modality", "anatomy", "dataset", "class-size")
"""What the queries are broken down by, besides their classes."""

OTHER_METRICS: tuple[Metric, ...] = (Recall(10), AP(10), RR(10), NDCG(10))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """question: its metrics are THE_STUDYS. encoders: ids, the first is the one that is looked at
    closely. validation: images that settings are chosen on; None: the split `val`. asked: the
    question in the words it was asked in. quick: without what takes the longest."""

    question: Question
    encoders: tuple[str, ...]
    validation: Filter | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)
    draws: int = 1000
    seed: int = 0
    quick: bool = False


@dataclass(frozen=True, slots=True)
class Scores:
    """report: with THE_STUDYS, groups and intervals. classes: the group of it that has the classes.
    others: OTHER_METRICS, without either. curve: P@1 to P@99. column: what is compared with other
    encoders."""

    report: RetrievalReport
    classes: tuple[Group, ...]
    others: RetrievalReport
    curve: tuple[Summary, ...]
    column: Column


class Measured:
    """Not for several threads."""

    def __init__(self, library: Library, request: Request, resume_in: KeptWork) -> None:
        self.library = library
        self.request = request
        self.resume_in = resume_in
        self._scores: dict[str, Scores] = {}

    @property
    def encoder(self) -> str:
        """The one that is looked at closely."""
        return self.request.encoders[0]

    def scores(self, encoder: str, progress: Progress) -> Scores:
        """Raises what `score` does."""
        if encoder not in self._scores:
            self._scores[encoder] = self._score(encoder, progress)
        return self._scores[encoder]

    def _score(self, encoder: str, progress: Progress) -> Scores:
        question, request = self.request.question, self.request
        classes = relevance_of(question.relevance).column
        by = tuple(dict.fromkeys((*GROUPINGS, classes)))
        scored = score(
            self.library,
            replace(question, metrics=(*THE_STUDYS, *OTHER_METRICS)),
            encoder=encoder,
            columns=check_groupings(by),
            depth=LARGEST,
            progress=progress,
            resume_in=self.resume_in,
        )
        studys, others = (_only(scored, chosen) for chosen in (THE_STUDYS, OTHER_METRICS))
        report = report_of(studys, question, by=by, draws=request.draws, seed=request.seed)
        return Scores(
            report,
            report.by[classes],
            report_of(others, question),
            _curve(scored),
            Column.of(studys),
        )


def _only(scored: Scored, metrics: tuple[Metric, ...]) -> Scored:
    """The scores by some of the metrics, without the neighbours."""
    places = [scored.metrics.index(metric) for metric in metrics]
    return replace(
        scored,
        metrics=metrics,
        values=scored.values[:, places],
        least=scored.least[places],
        most=scored.most[places],
        rankings=(),
        judgements=(),
    )


def _curve(scored: Scored) -> tuple[Summary, ...]:
    values = np.concatenate(
        [np.stack([m.of(each.judged) for m in CURVE], axis=1) for each in scored.judgements]
    )
    return summarise(values, np.concatenate([each.classes for each in scored.judgements]))
