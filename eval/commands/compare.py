"""`radalike eval compare`: which encoder, or which setting, is better on the same queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from eval.commands.each_encoder import print_resumed
from eval.commands.options import (
    DrawsOption,
    ExcludeOption,
    IndexOption,
    QueriesOption,
    RelevanceOption,
    SeedOption,
    selection,
)
from eval.commands.retrieval import GivenOption, MetricOption
from radalike.cli.options import JsonOption, LibraryOption

if TYPE_CHECKING:
    from eval.comparing import ComparisonReport, Difference

SidesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="A B [C …]",
        help="Encoder ids; after commas what its queries must not find: ID,same-patient,duplicates."
        " None: all encoders that the library has vectors of.",
        show_default=False,
    ),
]


def compare(
    sides: SidesArgument = None,
    index: IndexOption = None,
    queries: QueriesOption = None,
    relevance: RelevanceOption = "label",
    metric: MetricOption = None,
    exclude: ExcludeOption = None,
    given: GivenOption = "",
    draws: DrawsOption = 1000,
    seed: SeedOption = 0,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Paired tests between encoders, or settings, on the queries that both can score: sign flips of
    whole patients, corrected (Holm) for the number of tests.

    Example: radalike eval compare efficientnet-lite0 biomedclip --relevance label
    """
    import time

    from eval.comparing import Side, as_json, check_sides, compare_sides
    from eval.encoders_here import check_encoder, encoders_here
    from eval.exclusion import excluded_columns
    from eval.metrics import parse_metric
    from eval.retrieval import Question
    from eval.retrieval.question import THE_STUDYS
    from eval.runs import store_run
    from eval.saved_state import KeptWork
    from radalike.cli.output import print_json, progress_bar
    from radalike.cli.session import open_library

    question = Question(
        index=selection(index, "split=train"),
        queries=selection(queries, "split=test"),
        relevance=relevance,
        metrics=tuple(parse_metric(name) for name in metric) if metric else THE_STUDYS,
        exclude=tuple(exclude or ()),
        given=given,
    )
    with open_library(library) as opened, KeptWork(opened.layout.evaluation) as kept:
        here, others = ([], {}) if sides else encoders_here(opened)
        for name, reason in others.items():
            typer.echo(f"Not compared: {name}; {reason}.", err=True)
        asked_sides = [Side.parse(text) for text in sides or here]
        check_sides([str(side) for side in asked_sides])
        for side in asked_sides:  # before any search
            excluded_columns(side.exclude)
            check_encoder(opened, side.encoder)
        started = time.monotonic()
        with progress_bar("Searching", shown=not json) as progress:
            report = compare_sides(
                opened,
                question,
                asked_sides,
                draws=draws,
                seed=seed,
                progress=lambda _side: progress,
                resume_in=kept,
            )
        asked = {
            "sides": list(report.sides),
            "index": index or ["split=train"],
            "queries": queries or ["split=test"],
            "relevance": relevance,
            "exclude": exclude or [],
            "given": given,
        }
        encoder = asked_sides[0].encoder
        found = {**as_json(report), "resumed": kept.resumed}
        store_run(opened, "compare", asked, found, started=started, encoder=encoder)
    if json:
        print_json(found)
    else:
        print_comparison(report)
        print_resumed(kept)


def print_comparison(report: ComparisonReport) -> None:
    """A table for each pair, what it says in words, and what to know."""
    from radalike.cli.output import print_table

    columns = ("metric", "A", "B", "A - B", "95 % interval", "p", "Holm")
    for pair in report.pairs:
        found = report.of(pair)
        print_table(
            f"By {report.relevance}: A = {pair.a}, B = {pair.b}, on {pair.queries:,} queries",
            columns,
            map(_row, found),
            numeric=columns[1:],
        )
        for verdict in dict.fromkeys(each.verdict for each in found):
            named = ", ".join(each.name for each in found if each.verdict == verdict)
            typer.echo(f"- {verdict}: {named}.")
        for remark in pair.remarks():
            typer.echo(remark)
    typer.echo(
        f"p: sign flips of whole patients; Holm: corrected for {len(report.differences)} tests. "
        f"A difference is said to be shown below {report.level}."
    )


def _row(each: Difference) -> tuple[str, ...]:
    from eval.report.numbers import interval, number, p_value, signed

    return (
        each.name,
        number(each.of_a),
        number(each.of_b),
        signed(each.difference),
        interval(each.low, each.high, signed),
        p_value(each.p),
        p_value(each.corrected),
    )
