"""Retrieval runs of several encoders that were asked the same, beside each other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from radalike.catalog.runs import Run
from search_ui.evaluation.parts import Note, Part, Plot, PlotKind, Table
from search_ui.evaluation.reading import UnknownShape, figure, interval_title, signed
from search_ui.evaluation.retrieval import Estimate, estimates_of, points_of
from search_ui.evaluation.run_list import run_title
from search_ui.evaluation.run_view import asked_in_words


@dataclass(frozen=True, slots=True)
class Question:
    """Runs that were asked the same. runs: the newest of each encoder."""

    words: str
    runs: tuple[Run, ...]


def questions_of(runs: Sequence[Run]) -> tuple[Question, ...]:
    """runs: of retrieval, the newest first. The question of most encoders comes first, and of
    equal ones the newest. Runs that cannot be read are left out; each says so itself."""
    by_question: dict[str, dict[tuple[str, str], Run]] = {}
    for run in runs:
        if _readable(run):
            asked = json.dumps(run.asked, sort_keys=True, default=str)
            by_question.setdefault(asked, {}).setdefault((run.encoder, run.fingerprint), run)
    found = [
        Question(
            "; ".join(f"{name.lower()} {value}" for name, value in asked_in_words(newest[0])),
            newest,
        )
        for newest in (tuple(by_encoder.values()) for by_encoder in by_question.values())
    ]
    return tuple(sorted(found, key=lambda question: -len(question.runs)))


def compared(question: Question, mean: str) -> tuple[Part, ...]:
    """mean: `micro` or `macro`. One series an encoder, and a table with a row each."""
    named = _named(question.runs)
    estimates = {name: estimates_of(run.found, mean) for name, run in named.items()}
    metrics = list(dict.fromkeys(each.metric for listed in estimates.values() for each in listed))
    plot = Plot(
        PlotKind.DOTS,
        f"Each metric by encoder, the {mean} mean with its interval.",
        "Metric",
        f"Mean ({mean})",
        "Encoder",
        tuple(point for name, listed in estimates.items() for point in points_of(listed, name)),
    )
    rows = []
    for name, listed in estimates.items():
        by_metric = {each.metric: each for each in listed}
        row = [name]
        for metric in metrics:
            each = by_metric.get(metric, Estimate(metric, None, None))
            row += [figure(each.value), interval_title(each.interval)]
        rows.append(tuple(row))
    columns = ["Encoder"]
    for metric in metrics:
        columns += [metric, f"{metric}: 95 % interval"]
    table = Table(f"Retrieval by encoder, {mean}", tuple(columns), tuple(rows), tuple(columns[1:]))
    return plot, table


def side_by_side(run: Run, other: Run) -> Iterator[Part]:
    """Two retrieval runs, metric by metric; what they were asked differently is said.

    The difference has no interval: the runs keep none of the queries that both scored.
    """
    names = (f"A: {run_title(run)}", f"B: {run_title(other)}")
    yield Note(f"A: {run.encoder}, {run_title(run)}. B: {other.encoder}, {run_title(other)}.")
    differing = _differences(run, other)
    if differing:
        yield Note(f"They were not asked the same: {'; '.join(differing)}.")
    try:
        for mean in ("micro", "macro"):
            yield from _beside(run, other, names, mean)
    except UnknownShape as exc:
        yield Note(f"One of them was written by another version: “{exc.what}” is not understood.")
        return
    yield Note(
        "Whether a difference is more than chance is told by a test on the same queries: "
        "radalike eval compare."
    )


def _beside(run: Run, other: Run, names: tuple[str, str], mean: str) -> Iterator[Part]:
    first, second = (
        {each.metric: each for each in estimates_of(each.found, mean)} for each in (run, other)
    )
    yield Plot(
        PlotKind.DOTS,
        f"Each metric of both runs, the {mean} mean with its interval.",
        "Metric",
        f"Mean ({mean})",
        "Run",
        (*points_of(first.values(), names[0]), *points_of(second.values(), names[1])),
    )
    columns = ("Metric", "A", "A: 95 % interval", "B", "B: 95 % interval", "A - B")
    rows = []
    for metric in dict.fromkeys([*first, *second]):
        a, b = (side.get(metric, Estimate(metric, None, None)) for side in (first, second))
        both = None if a.value is None or b.value is None else a.value - b.value
        rows.append(
            (
                metric,
                figure(a.value),
                interval_title(a.interval),
                figure(b.value),
                interval_title(b.interval),
                signed(both),
            )
        )
    yield Table(f"Both runs, {mean}", columns, tuple(rows), columns[1:])


def _differences(run: Run, other: Run) -> list[str]:
    first, second = dict(asked_in_words(run)), dict(asked_in_words(other))
    return [
        f"{name.lower()} {first.get(name, 'nothing')} and {second.get(name, 'nothing')}"
        for name in dict.fromkeys([*first, *second])
        if first.get(name) != second.get(name)
    ]


def _named(runs: Sequence[Run]) -> dict[str, Run]:
    """By encoder; where the vectors of one were made in two ways, with the run."""
    encoders = [run.encoder for run in runs]
    return {
        run.encoder if encoders.count(run.encoder) == 1 else f"{run.encoder}, run {run.number}": run
        for run in runs
    }


def _readable(run: Run) -> bool:
    try:
        return bool(estimates_of(run.found, "micro")) and bool(estimates_of(run.found, "macro"))
    except UnknownShape:
        return False
