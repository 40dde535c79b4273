"""`radalike eval saturation`: how many images of a class the index needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from eval.commands.classification_options import ClassOption
from eval.commands.each_encoder import measure_each
from eval.commands.options import (
    EncodersOption,
    ExcludeOption,
    IndexOption,
    QueriesOption,
    SeedOption,
    selection,
)
from radalike.cli.options import JsonOption, LibraryOption

if TYPE_CHECKING:
    from eval.ranking import Progress
    from eval.saturation.report import SaturationReport, Spread
    from eval.saved_state import KeptWork
    from radalike.library import Library

SizesOption = Annotated[
    list[int] | None,
    typer.Option(
        "--size",
        min=1,
        help="Images of each class in the index. Repeat it for more; all of them come last.",
        show_default="1, 3, 10, 30, 100, 300, 1000, 3000",
    ),
]
DrawsOption = Annotated[int, typer.Option("--draws", min=1, help="Indexes drawn of each size.")]


def saturation(
    index: IndexOption = None,
    queries: QueriesOption = None,
    relevance: ClassOption = "label",
    size: SizesOption = None,
    exclude: ExcludeOption = None,
    encoder: EncodersOption = None,
    draws: DrawsOption = 10,
    seed: SeedOption = 0,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """P@1 against the size of the index, whose images are drawn at random by patient.

    Example: radalike eval saturation --draws 10 --exclude same-patient
    """
    from eval.saturation.evaluate import evaluate_saturation
    from eval.saturation.report import as_json
    from eval.saturation.shards import SIZES

    searched, asked_for = selection(index, "split=train"), selection(queries, "split=test")
    asked = {
        "index": index or ["split=train"],
        "queries": queries or ["split=test"],
        "relevance": relevance,
        "sizes": size or list(SIZES),
        "draws": draws,
        "exclude": exclude or [],
        "seed": seed,
    }

    def evaluate(
        opened: Library, name: str, progress: Progress, kept: KeptWork
    ) -> SaturationReport:
        return evaluate_saturation(
            opened,
            index=searched,
            queries=asked_for,
            relevance=relevance,
            encoder=name,
            exclude=exclude or (),
            sizes=size or SIZES,
            draws=draws,
            seed=seed,
            progress=progress,
            resume_in=kept,
        )

    reports = measure_each(
        "saturation",
        evaluate,
        as_json,
        library=library,
        encoders=encoder,
        asked=asked,
        doing="Searching",
        json=json,
    )
    if json:
        return
    for report in reports:
        _print(report)


def _print(report: SaturationReport) -> None:
    from radalike.cli.output import print_table

    rows = []
    for step in report.steps:
        whole = step is report.steps[-1]
        rows.append(
            (
                f"all (up to {step.size:,})" if whole else f"{step.size:,}",
                f"{step.n_index:,}",
                *_cells(step.micro, whole=whole),
                *_cells(step.macro, whole=whole),
            )
        )
    draws = f"{report.draws} draws" if report.draws > 1 else "1 draw"
    columns = (
        "images a class",
        "index",
        "micro P@1",
        "95 % of draws",
        "macro P@1",
        "95 % of draws",
    )
    print_table(
        f"P@1 by the size of the index, by {report.relevance} with {report.encoder}: "
        f"{report.n_queries:,} queries, {report.n_classes:,} classes, {draws}",
        columns,
        rows,
        numeric=("images a class", "index"),
    )
    for line in _remarks(report):
        typer.echo(line)


def _cells(spread: Spread, *, whole: bool) -> tuple[str, str]:
    from eval.commands.retrieval_tables import number

    mean = number(spread.mean)
    return mean, "" if whole or not mean else f"{spread.low:.3f} to {spread.high:.3f}"


def _remarks(report: SaturationReport) -> Iterator[str]:
    from eval.commands.classification_tables import first_of, left_out

    if report.n_classes == 1:
        yield f"The index has one {report.relevance} only: its nearest image is always a hit."
    apart = sum(report.unanswerable.values())
    if apart:
        yield (
            f"Not scored: {apart:,} unanswerable queries; the index has nothing of "
            f"{first_of(list(report.unanswerable))}."
        )
    fewest = min(step.n_queries for step in report.steps)
    if fewest < report.n_queries:
        yield (
            "A query is not scored in an index that has no image of its class that it may find: "
            f"{fewest:,.0f} of {report.n_queries:,} are scored in the smallest."
        )
    yield from left_out(report.left_out, report.without_vector, report.relevance)
    if report.exclude:
        yield f"Without {' and '.join(report.exclude)}."
    if report.overlap:
        yield f"{report.overlap:,} queries are in the index too; none finds itself."
