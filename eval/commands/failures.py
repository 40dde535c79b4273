"""`radalike eval failures`: which classes are not found, and what gives queries away."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.commands.each_encoder import print_resumed
from eval.commands.options import (
    ExcludeOption,
    IndexOption,
    QueriesOption,
    RelevanceOption,
    SeedOption,
    selection,
)
from radalike.cli.options import EncoderOption, JsonOption, LibraryOption

BelowOption = Annotated[
    float, typer.Option("--below", help="A class fails when its mean P@1 is below this.")
]
SheetOption = Annotated[
    Path | None,
    typer.Option(
        "--sheet",
        metavar="FILE|FOLDER",
        help="Show queries that miss and what they find: one PNG of the worst classes, or a "
        "folder with a PNG of each.",
    ),
]
ExamplesOption = Annotated[
    int, typer.Option("--examples", min=0, help="Queries of each class that are shown.")
]
IdsOption = Annotated[
    bool, typer.Option("--ids", help="Name the queries that are shown and their results in --json.")
]
LeakageOption = Annotated[
    bool,
    typer.Option(
        "--leakage/--no-leakage",
        help="Look for duplicates and shared patients, which takes longer.",
    ),
]
NearOption = Annotated[
    float | None,
    typer.Option(
        "--near",
        metavar="COSINE",
        help="Similarity of images that are nearly the same.",
        show_default="a twentieth of the mean distance of two queries",
    ),
]


def failures(
    index: IndexOption = None,
    queries: QueriesOption = None,
    relevance: RelevanceOption = "label",
    exclude: ExcludeOption = None,
    below: BelowOption = 0.3,
    sheet: SheetOption = None,
    examples: ExamplesOption = 3,
    ids: IdsOption = False,
    leakage: LeakageOption = True,
    near: NearOption = None,
    encoder: EncoderOption = None,
    seed: SeedOption = 0,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Classes that are rarely found, what they are taken for, and leakage into the index.

    Example: radalike eval failures --below 0.3 --sheet failures.png
    """
    import time

    from eval.commands.failures_tables import print_failures, print_leakage
    from eval.failures import as_json, evaluate_failures
    from eval.failures.sheets import MOST_ON_ONE, check_place, write_sheets
    from eval.leakage import as_json as leakage_as_json
    from eval.leakage import evaluate_leakage
    from eval.retrieval import Question
    from eval.runs import store_run
    from eval.saved_state import KeptWork
    from radalike.cli.output import print_json, progress_bar
    from radalike.cli.session import open_library

    question = Question(
        index=selection(index, "split=train"),
        queries=selection(queries, "split=test"),
        relevance=relevance,
        exclude=tuple(exclude or ()),
    )
    if sheet is not None:
        check_place(sheet)
    asked = {
        "index": index or ["split=train"],
        "queries": queries or ["split=test"],
        "relevance": relevance,
        "exclude": exclude or [],
        "below": below,
    }
    started = time.monotonic()
    leaks = None
    with open_library(library) as opened, KeptWork(opened.layout.evaluation) as kept:
        with progress_bar("Searching", shown=not json) as progress:
            report = evaluate_failures(
                opened,
                question,
                below=below,
                examples=examples,
                seed=seed,
                encoder=encoder,
                progress=progress,
                resume_in=kept,
            )
        if leakage:
            with progress_bar("Looking for leakage", shown=not json) as progress:
                leaks = evaluate_leakage(
                    opened,
                    question,
                    near=near,
                    encoder=encoder,
                    progress=progress,
                    resume_in=kept,
                )
        besides = {"leakage": leaks and leakage_as_json(leaks), "resumed": kept.resumed}
        found = {**as_json(report), **besides}
        store_run(opened, "failures", asked, found, started=started, encoder=encoder)
        sheets = [] if sheet is None else write_sheets(opened, report, sheet)
    if json:
        print_json({**as_json(report, ids=ids), **besides})
        return
    print_failures(report)
    if leaks is not None:
        print_leakage(leaks)
    print_resumed(kept)
    if sheet is not None:
        typer.echo(
            f"Drawn: {len(sheets):,} contact sheet{'' if len(sheets) == 1 else 's'} in {sheet}."
            if sheets
            else "No class fails: no contact sheet was drawn."
        )
        if len(sheets) < len(report.failing) and len(report.failing) > MOST_ON_ONE:
            typer.echo(f"It shows the {MOST_ON_ONE} worst classes; name a folder to see all.")
