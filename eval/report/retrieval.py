"""How many of the most similar images are what the query is: the main table, and its curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.metrics import Summary
from eval.published import AT, PUBLISHED, published_of
from eval.ranking import Progress
from eval.report.groups import group_tables
from eval.report.line_chart import Line, line_chart
from eval.report.markup import (
    Html,
    bullets,
    facts,
    figure,
    heading,
    join,
    paragraph,
    side_by_side,
    table,
    with_note,
)
from eval.report.measured import Measured
from eval.report.numbers import count, interval, number
from eval.report.page import Section, render
from eval.report.provenance import asked_facts, version_facts
from eval.retrieval import RetrievalReport, as_json
from eval.retrieval.remarks import remarks
from eval.retrieval.study_csv import LARGEST
from eval.written_files import write_text

TITLE = "Retrieval"
_MEANS = ("micro", "macro")

EXPLAINED = (
    "P@N is the share of the first N neighbours that are of the query's class, by exact search. "
    "Micro is the mean over queries, macro the mean of the classes' means."
)
PUBLISHED_CAVEAT = (
    "The study measured 1.6 million images of four public data sets (Denner et al., "
    "arXiv 2403.06567). Beside numbers from other images its own are an orientation, not a "
    "comparison."
)


def section(measured: Measured, progress: Progress) -> Section:
    scores = {name: measured.scores(name, progress) for name in measured.request.encoders}
    reports = [each.report for each in scores.values()]
    body = join(
        [
            paragraph(EXPLAINED),
            retrieval_tables(reports),
            heading("P@N by N"),
            paragraph("N is never more than the images that the query's class has in the index."),
            curve_figures({name: each.curve for name, each in scores.items()}),
            heading("Other measures"),
            _others([each.others for each in scores.values()]),
            heading("What was not scored, and what to know"),
            bullets(remarks(reports[0])),
            heading("The study's published numbers"),
            published_table(list(scores)),
        ]
    )
    return Section("retrieval", TITLE, body, {"encoders": [_stored(each) for each in reports]})


def write_retrieval_page(
    path: Path, reports: Sequence[RetrievalReport], asked: Mapping[str, Any]
) -> None:
    """One page that needs no network, of what `radalike eval retrieval` found.

    Raises UsageError, StorageFull.
    """
    groups = [
        part
        for each in reports
        if each.by
        for part in (heading(f"With {each.encoder}"), group_tables(each))
    ]
    sections = [
        Section(
            "asked",
            "What was asked",
            join([facts(asked_facts(asked)), heading("Versions"), facts(version_facts())]),
        ),
        Section(
            "retrieval",
            TITLE,
            join([paragraph(EXPLAINED), retrieval_tables(reports), bullets(remarks(reports[0]))]),
        ),
    ]
    if groups:
        sections.append(Section("groups", "By group", join(groups)))
    sections.append(
        Section(
            "published",
            "The study's published numbers",
            published_table([r.encoder for r in reports]),
        )
    )
    said = f"{reports[0].n_queries:,} queries among {reports[0].n_index:,} images"
    write_text(path, render("Retrieval", said, sections))


def retrieval_tables(reports: Sequence[RetrievalReport]) -> Html:
    """One table of micro and one of macro, a row an encoder."""
    return join(_means(reports, mean) for mean in _MEANS)


def _means(reports: Sequence[RetrievalReport], mean: str) -> Html:
    names = list(reports[0].micro)
    rows = []
    for report in reports:
        values = getattr(report, mean)
        bounds = getattr(report.intervals, mean) if report.intervals else {}
        notes = {name: interval(*both) for name, both in bounds.items()}
        cells = (with_note(number(values[name]), notes.get(name, "")) for name in names)
        rows.append([report.encoder, count(report.n_queries), *cells])
    over = "queries" if mean == "micro" else "classes"
    sure = ", with its 95 % interval" if any(each.intervals for each in reports) else ""
    caption = f"{mean.capitalize()}: the mean over {over}{sure}"
    return table(caption, ["encoder", "queries", *names], rows)


def curve_figures(curves: Mapping[str, Sequence[Summary]]) -> Html:
    """Micro and macro P@1 to P@99 of each encoder, on one scale."""
    every = [getattr(each, mean) for mean in _MEANS for curve in curves.values() for each in curve]
    figures = []
    for mean in _MEANS:
        lines = [
            Line(encoder, [(n, getattr(each, mean)) for n, each in enumerate(curve, start=1)])
            for encoder, curve in curves.items()
        ]
        said = f"{mean.capitalize()} P@N for N from 1 to {LARGEST}"
        reach = (min(every), max(every))
        picture = line_chart(lines, description=said, x="N", y=f"{mean} P@N", reach=reach)
        figures.append(figure(picture, said))
    return side_by_side(*figures)


def _others(reports: Sequence[RetrievalReport]) -> Html:
    names = list(reports[0].micro)
    rows = [
        [each.encoder, *(number(getattr(each, mean)[name]) for mean in _MEANS for name in names)]
        for each in reports
    ]
    return table("", ["encoder", *names, *names], rows, above=_above(len(names)))


def _above(width: int) -> list[tuple[str, int]]:
    return [("", 1), *((mean, width) for mean in _MEANS)]


def published_table(encoders: Sequence[str]) -> Html:
    """The study's numbers; those of its models that are measured here are named."""
    here = [name for name in encoders if published_of(name)]
    said = (
        f"Measured here as well: {', '.join(here)}." if here else "None of them is measured here."
    )
    columns = ["model", "encoder", *(f"P@{n}" for _ in _MEANS for n in AT)]
    rows = [
        [each.model, encoder, *(number(value) for value in (*each.micro, *each.macro))]
        for encoder, each in PUBLISHED.items()
    ]
    above = [("", 2), *((mean, len(AT)) for mean in _MEANS)]
    shown = table("", columns, rows, words=["encoder"], above=above)
    return join([paragraph(f"{PUBLISHED_CAVEAT} {said}"), shown])


def _stored(report: RetrievalReport) -> dict[str, object]:
    """Without the groups, which have a section of their own."""
    return {name: value for name, value in as_json(report).items() if name != "by"}
