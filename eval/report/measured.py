"""What the sections have in common: the library, what was asked, and the scores of each encoder,
found once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from eval.comparing import Column
from eval.metrics import AP, NDCG, RR, Metric, Recall, Summary
from eval.ranking import Progress
from eval.retrieval import Question, RetrievalReport, Scored, score
from eval.retrieval.evaluate import report_of
from eval.retrieval.question import THE_STUDYS
from eval.retrieval.study_csv import LARGEST, curve
from radalike.library import Library

GROUPINGS = ("modality", "anatomy", "dataset", "class-size", "label")
"""What the queries are broken down by; `label` only where the relevance is another."""

OTHER_METRICS: tuple[Metric, ...] = (Recall(10), AP(10), RR(10), NDCG(10))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """question: its metrics are THE_STUDYS. encoders: ids, the first is the one that is looked at
    closely. asked: the question in the words it was asked in. quick: without what takes minutes."""

    question: Question
    encoders: tuple[str, ...]
    asked: Mapping[str, Any] = field(default_factory=dict)
    draws: int = 1000
    seed: int = 0
    quick: bool = False


@dataclass(frozen=True, slots=True)
class Scores:
    """report: with THE_STUDYS, groups and intervals. others: OTHER_METRICS, without either. curve:
    P@1 to P@99. column: what is compared with other encoders."""

    report: RetrievalReport
    others: RetrievalReport
    curve: tuple[Summary, ...]
    column: Column


class Measured:
    """Not for several threads."""

    def __init__(self, library: Library, request: Request) -> None:
        self.library = library
        self.request = request
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
        by = [name for name in GROUPINGS if name != question.relevance] + [question.relevance]
        every = replace(question, metrics=(*THE_STUDYS, *OTHER_METRICS))
        scored = score(
            self.library,
            every,
            encoder=encoder,
            columns=[name for name in by if name in _READABLE],
            depth=LARGEST,
            progress=progress,
            resume_in=self.library.layout.evaluation,
        )
        studys, others = (_only(scored, chosen) for chosen in (THE_STUDYS, OTHER_METRICS))
        return Scores(
            report_of(studys, question, by=by, draws=request.draws, seed=request.seed),
            report_of(others, replace(question, metrics=OTHER_METRICS)),
            curve(scored),
            Column.of(studys),
        )
