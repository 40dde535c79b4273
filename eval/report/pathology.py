"""Anatomy against pathology: the region, the label, and the label when the region is known."""

from __future__ import annotations

from dataclasses import replace

from eval.ranking import Progress
from eval.report.markup import Content, join, paragraph, table, with_note
from eval.report.measured import Measured
from eval.report.numbers import count, interval, number
from eval.report.page import Section
from eval.retrieval import Question, RetrievalReport, as_json, evaluate_retrieval
from radalike.errors import UsageError

_ASKED = (
    ("the region", "anatomy", ""),
    ("the pathology (label)", "label", ""),
    ("the pathology, among images of its region", "label", "anatomy"),
)


def section(measured: Measured, progress: Progress) -> Section:
    """Raises UsageError when there is neither a region nor a label to ask for."""
    asked = measured.request.question
    rows: list[list[Content]] = []
    found: dict[str, object] = {}
    failed: list[UsageError] = []
    for words, relevance, given in _ASKED:
        question = replace(asked, relevance=relevance, given=given)
        try:
            report = _report(measured, question, progress)
        except UsageError as error:
            failed.append(error)
            rows.append([f"{words}: not measured, {error}", *[""] * 5])
            continue
        found[words] = {name: value for name, value in as_json(report).items() if name != "by"}
        rows.append([words, *_figures(report)])
    if len(failed) == len(_ASKED):
        raise failed[0]
    said = (
        f"With {measured.encoder}. An image is searched by its region first, then by its label, "
        "and then by its label among the images of its own region only: what is left to find once "
        "the region is known."
    )
    columns = (
        "what is searched for",
        "queries",
        "classes not in the index",
        "micro P@1",
        "macro P@1",
        "micro P@10",
    )
    return Section(
        "pathology",
        "Anatomy against pathology",
        join([paragraph(said), table("", columns, rows)]),
        found,
    )


def _report(measured: Measured, question: Question, progress: Progress) -> RetrievalReport:
    request = measured.request
    if question == request.question:
        return measured.scores(measured.encoder, progress).report
    return evaluate_retrieval(
        measured.library,
        question,
        encoder=measured.encoder,
        draws=request.draws,
        seed=request.seed,
        progress=progress,
        resume_in=measured.resume_in,
    )


def _figures(report: RetrievalReport) -> list[Content]:
    bounds = report.intervals
    return [
        count(report.n_queries),
        count(len(report.unanswerable)),
        *(
            with_note(
                number(getattr(report, mean)[name]),
                interval(*getattr(bounds, mean)[name]) if bounds else "",
            )
            for mean, name in (("micro", "P@1"), ("macro", "P@1"), ("micro", "P@10"))
        ),
    ]
