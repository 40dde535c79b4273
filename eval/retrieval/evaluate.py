"""The whole of it: rank, judge, score, and say how sure the numbers are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eval.images import EmbeddedImages
from eval.metrics import summarise
from eval.ranking import Progress
from eval.retrieval.breakdown import break_down, check_groupings
from eval.retrieval.question import Question
from eval.retrieval.report import Bounds, Intervals, RetrievalReport
from eval.retrieval.scoring import Scored, score
from eval.saved_state import KeptWork


def evaluate_retrieval(
    library: EmbeddedImages,
    question: Question,
    *,
    encoder: str | None = None,
    by: Sequence[str] = (),
    draws: int = 0,
    seed: int = 0,
    progress: Progress = lambda _done, _total: None,
    resume_in: KeptWork | None = None,
) -> RetrievalReport:
    """The metrics of `question`, exactly.

    by: of `eval.retrieval.breakdown.GROUPINGS`. draws: of the bootstrap; 0: none. resume_in:
    a folder in which an interrupted search goes on. Raises what `score` does.
    """
    scored = score(
        library,
        question,
        encoder=encoder,
        columns=check_groupings(by),
        progress=progress,
        resume_in=resume_in,
    )
    return report_of(scored, question, by=by, draws=draws, seed=seed)


def report_of(
    scored: Scored,
    question: Question,
    *,
    by: Sequence[str] = (),
    draws: int = 0,
    seed: int = 0,
) -> RetrievalReport:
    """What the scores say; the columns of `by` have been read with them."""
    names = [str(metric) for metric in scored.metrics]
    summaries = dict(zip(names, summarise(scored.values, scored.classes), strict=True))
    return RetrievalReport(
        n_queries=len(scored.queries),
        n_index=scored.n_index,
        relevance=question.relevance,
        encoder=scored.encoder,
        micro={name: summary.micro for name, summary in summaries.items()},
        macro={name: summary.macro for name, summary in summaries.items()},
        micro_std={name: summary.micro_std for name, summary in summaries.items()},
        macro_std={name: summary.macro_std for name, summary in summaries.items()},
        unanswerable=scored.unanswerable,
        left_out=scored.left_out,
        without_vector=scored.without_vector,
        overlap=scored.overlap,
        ties=_ties(scored, names),
        exclude=question.exclude,
        given=question.given,
        intervals=_intervals(scored, names, draws, seed) if draws else None,
        by={name: break_down(scored, name) for name in by},
    )


def _ties(scored: Scored, names: Sequence[str]) -> Bounds:
    bounds = zip(names, scored.least, scored.most, strict=True)
    return {name: (float(low), float(high)) for name, low, high in bounds if np.isfinite(low)}


def _intervals(scored: Scored, names: Sequence[str], draws: int, seed: int) -> Intervals:
    from eval.statistics.bootstrap import bootstrap_intervals

    found = bootstrap_intervals(
        scored.values, scored.classes, scored.patients, draws=draws, seed=seed
    )
    micro, macro = (
        {name: (float(low), float(high)) for name, (low, high) in zip(names, each, strict=True)}
        for each in (found.micro, found.macro)
    )
    return Intervals(
        micro=micro,
        macro=macro,
        patients=found.clusters,
        draws=draws,
        seed=seed,
        confidence=found.confidence,
    )
