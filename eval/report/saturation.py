"""How many images of a class the index needs."""

from __future__ import annotations

from eval.ranking import Progress
from eval.report.line_chart import Line, line_chart
from eval.report.markup import Html, figure, join, paragraph, table, with_note
from eval.report.measured import Measured
from eval.report.numbers import count, interval, number
from eval.report.page import Section
from eval.saturation.evaluate import evaluate_saturation
from eval.saturation.report import SaturationReport, Spread, Step, as_json

_MEANS = ("micro", "macro")


def section(measured: Measured, progress: Progress) -> Section:
    question = measured.request.question
    report = evaluate_saturation(
        measured.library,
        index=question.index,
        queries=question.queries,
        relevance=question.relevance,
        encoder=measured.encoder,
        exclude=question.exclude,
        seed=measured.request.seed,
        progress=progress,
        resume_in=measured.resume_in,
    )
    said = (
        f"P@1 with so many images of every class in the index, or all where there are fewer; with "
        f"{report.encoder}. Each size was drawn {count(report.draws)} times, by patient, with seed "
        f"{report.seed}: the mean, and the range of the middle 95 % of the draws."
    )
    body = join([paragraph(said), _figure(report), _table(report)])
    return Section("saturation", "Size of the index", body, as_json(report))


def _figure(report: SaturationReport) -> Html:
    lines = []
    for mean in _MEANS:
        steps = [(step.size, getattr(step, mean)) for step in report.steps]
        lines.append(
            Line(
                mean,
                [(size, spread.mean) for size, spread in steps],
                [(size, spread.low, spread.high) for size, spread in steps],
            )
        )
    said = "P@1 by images of a class in the index"
    picture = line_chart(lines, description=said, x="images of a class", y="P@1", logarithmic=True)
    return figure(picture, said)


def _table(report: SaturationReport) -> Html:
    columns = ("images of a class", "images in the index", "queries", *_MEANS)
    return table("", columns, [_row(step, step is report.steps[-1]) for step in report.steps])


def _row(step: Step, is_whole: bool) -> tuple[str, ...]:
    return (
        f"all (at most {count(step.size)})" if is_whole else count(step.size),
        count(step.n_index),
        f"{step.n_queries:,.1f}".removesuffix(".0"),
        _spread(step.micro),
        _spread(step.macro),
    )


def _spread(spread: Spread) -> str:
    apart = spread.low != spread.high
    return with_note(number(spread.mean), interval(spread.low, spread.high) if apart else "")
