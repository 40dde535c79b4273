"""`radalike eval …`: evaluation on the command line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from radalike.cli.options import EncoderOption, JsonOption, LibraryOption

if TYPE_CHECKING:
    from eval.retrieval import RetrievalReport

IndexOption = Annotated[
    list[str] | None,
    typer.Option(
        "--index",
        metavar="KEY=VALUE",
        help="Images that are searched, or `all`. Repeat it to narrow by another field.",
        show_default="split=train",
    ),
]
QueriesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--queries",
        metavar="KEY=VALUE",
        help="Images that are searched for, or `all`. Repeat it to narrow by another field.",
        show_default="split=test",
    ),
]
RelevanceOption = Annotated[
    str, typer.Option("--relevance", help="What makes a hit: the same label, modality or anatomy.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this package to Radalike's."""
    commands = typer.Typer(help="Measure how good the answers are.", no_args_is_help=True)
    commands.command("retrieval")(retrieval)
    # With a single command, Typer would leave out its name.
    commands.callback()(lambda: None)
    app.add_typer(commands, name="eval")


def retrieval(
    index: IndexOption = None,
    queries: QueriesOption = None,
    relevance: RelevanceOption = "label",
    encoder: EncoderOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Precision among the first 1, 3, 5 and 10 neighbours, by exact search.

    Example: radalike eval retrieval --queries split=test --queries modality=CT
    """
    from eval.retrieval import as_json, evaluate_retrieval
    from radalike.cli.options import parse_conditions
    from radalike.cli.output import print_json, print_table
    from radalike.cli.session import open_library

    report = evaluate_retrieval(
        open_library(library),
        None if index == ["all"] else parse_conditions(index or ["split=train"]),
        None if queries == ["all"] else parse_conditions(queries or ["split=test"]),
        relevance,
        encoder=encoder,
    )
    if json:
        print_json(as_json(report))
    else:
        print_table(_title(report), ("metric", "micro", "macro"), _rows(report))


def _title(report: RetrievalReport) -> str:
    apart = {
        "unanswerable": report.unanswerable,
        "left out of the queries": report.left_out_queries,
        "left out of the index": report.left_out_index,
    }
    said = "".join(f", {count:,} {what}" for what, count in apart.items() if count)
    return (
        f"Retrieval by {report.relevance} with {report.encoder}: "
        f"{report.n_queries:,} queries among {report.n_index:,} images{said}"
    )


def _rows(report: RetrievalReport) -> list[tuple[str, str, str]]:
    return [
        (
            metric,
            _mean_and_std(report.micro[metric], report.micro_std[metric]),
            _mean_and_std(report.macro[metric], report.macro_std[metric]),
        )
        for metric in report.micro
    ]


def _mean_and_std(mean: float, std: float) -> str:
    return f"{mean:.3f}" + ("" if math.isnan(std) else f" ± {std:.3f}")
