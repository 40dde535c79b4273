"""What `radalike eval retrieval` prints for people."""

from __future__ import annotations

import math
from collections.abc import Sequence

import typer

from eval.published import AT, published_of
from eval.retrieval import RetrievalReport
from eval.retrieval.remarks import remarks
from radalike.cli.output import print_table


def print_retrieval(reports: Sequence[RetrievalReport], *, published: bool) -> None:
    """One encoder by metric, several as a table with a row each; then groups, then what to know."""
    if len(reports) == 1:
        _print_one(reports[0], published=published)
    else:
        _print_several(reports, published=published)
    for report in reports:
        for column, groups in report.by.items():
            names = list(report.micro)
            title = f"By {column}" + (f", {report.encoder}" if len(reports) > 1 else "")
            rows = [
                (g.name, f"{g.n_queries:,}", *(number(g.micro[name]) for name in names))
                for g in groups
            ]
            print_table(title, (column, "queries", *names), rows, numeric=("queries", *names))
    for line in remarks(reports[0]):
        typer.echo(line)


def _print_one(report: RetrievalReport, *, published: bool) -> None:
    study = published_of(report.encoder) if published else None
    theirs = (
        {
            f"P@{n}": (number(micro), number(macro))
            for n, micro, macro in zip(AT, study.micro, study.macro, strict=True)
        }
        if study
        else {}
    )
    columns = ["metric", "micro", "macro"]
    if report.intervals is not None:
        columns = ["metric", "micro", "95 % interval", "macro", "95 % interval"]
    if theirs:
        columns += ["study, micro", "study, macro"]
    rows = []
    for name in report.micro:
        row = [name, _with_deviation(report.micro[name], report.micro_std[name])]
        if report.intervals is not None:
            row.append(_interval(report.intervals.micro[name]))
        row.append(_with_deviation(report.macro[name], report.macro_std[name]))
        if report.intervals is not None:
            row.append(_interval(report.intervals.macro[name]))
        if theirs:
            row += theirs.get(name, ("", ""))
        rows.append(row)
    print_table(_title(report), columns, rows)
    if published and study is None:
        typer.echo(f"The study has no numbers for {report.encoder}.")


def _print_several(reports: Sequence[RetrievalReport], *, published: bool) -> None:
    names = list(reports[0].micro)
    columns = [
        "encoder",
        *(f"micro {name}" for name in names),
        *(f"macro {name}" for name in names),
    ]
    rows = []
    for report in reports:
        numbers = (*(report.micro[n] for n in names), *(report.macro[n] for n in names))
        rows.append([report.encoder, *map(number, numbers)])
        study = published_of(report.encoder) if published else None
        if study is not None:
            theirs = {
                **{f"micro P@{n}": value for n, value in zip(AT, study.micro, strict=True)},
                **{f"macro P@{n}": value for n, value in zip(AT, study.macro, strict=True)},
            }
            said = [number(theirs[c]) if c in theirs else "" for c in columns[1:]]
            rows.append(["  study", *said])
    print_table(_title(reports[0], several=True), columns, rows, numeric=columns[1:])


def _title(report: RetrievalReport, *, several: bool = False) -> str:
    who = "" if several else f" with {report.encoder}"
    given = f", given {report.given}" if report.given else ""
    return (
        f"Retrieval by {report.relevance}{given}{who}: {report.n_queries:,} queries among "
        f"{report.n_index:,} images"
    )


def number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3f}"


def _with_deviation(mean: float, deviation: float) -> str:
    return number(mean) + ("" if math.isnan(deviation) else f" ± {deviation:.3f}")


def _interval(bounds: tuple[float, float]) -> str:
    return "" if math.isnan(bounds[0]) else f"{bounds[0]:.3f} to {bounds[1]:.3f}"
