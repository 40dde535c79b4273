"""`radalike eval report`: all of the evaluation on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.commands.classification_options import ValidationOption, validation_filter
from eval.commands.options import (
    DrawsOption,
    ExcludeOption,
    IndexOption,
    QueriesOption,
    RelevanceOption,
    SeedOption,
    selection,
)
from radalike.cli.options import JsonOption, LibraryOption

OutputOption = Annotated[
    Path,
    typer.Option("--output", "-o", metavar="FILE", help="The page; one that is there is replaced."),
]
EncodersOption = Annotated[
    list[str] | None,
    typer.Option(
        "--encoder",
        help="Encoder id; the first is looked at closely. Repeat it for more.",
        show_default="all that have vectors",
    ),
]
SectionsOption = Annotated[
    str,
    typer.Option(
        "--sections",
        metavar="NAME,NAME",
        help="Only these: retrieval, failures … (an unknown one lists them).",
        show_default="all",
    ),
]
QuickOption = Annotated[
    bool, typer.Option("--quick", help="Without the sections that take the longest.")
]


def report(
    output: OutputOption,
    index: IndexOption = None,
    queries: QueriesOption = None,
    validation: ValidationOption = None,
    relevance: RelevanceOption = "label",
    exclude: ExcludeOption = None,
    encoder: EncodersOption = None,
    sections: SectionsOption = "",
    quick: QuickOption = False,
    draws: DrawsOption = 1000,
    seed: SeedOption = 0,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """One page with all that can be measured here, pictures inside, to be read without a network.

    It contains thumbnails of the library: keep it as carefully as the library itself.

    Example: radalike eval report -o report.html --quick
    """
    import time

    from eval.encoders_here import check_encoder, encoders_here
    from eval.report import SECTIONS, Request, make_report
    from eval.retrieval import Question
    from eval.runs import store_run
    from radalike.cli.output import print_json, progress_bar
    from radalike.cli.session import open_library

    question = Question(
        index=selection(index, "split=train"),
        queries=selection(queries, "split=test"),
        relevance=relevance,
        exclude=tuple(exclude or ()),
    )
    asked = {
        "index": index or ["split=train"],
        "queries": queries or ["split=test"],
        "validation": validation or ["split=val"],
        "relevance": relevance,
        "exclude": exclude or [],
    }
    started = time.monotonic()
    with open_library(library) as opened:
        here, others = (encoder, {}) if encoder else encoders_here(opened)
        for name, reason in others.items():
            typer.echo(f"Not measured: {name}; {reason}.", err=True)
        encoders = tuple(dict.fromkeys(here or [opened.encoder_id]))
        for name in encoders:
            check_encoder(opened, name)
        request = Request(
            question=question,
            validation=validation_filter(validation),
            encoders=encoders,
            asked=asked,
            draws=draws,
            seed=seed,
            quick=quick,
        )
        made = make_report(
            opened,
            request,
            output,
            sections=[name.strip() for name in sections.split(",") if name.strip()]
            or list(SECTIONS),
            bar=lambda title: progress_bar(title, shown=not json),
        )
        asked_all = {**asked, "sections": sections, "quick": quick}
        run = store_run(
            opened, "report", asked_all, made.found(), started=started, encoder=encoders[0]
        )
    seconds = round(time.monotonic() - started, 1)
    absent = [each.name for each in made.sections if not each.made]
    if json:
        summary = {"run": run, "bytes": made.bytes, "seconds": seconds, "not_made": absent}
        summary |= {"resumed": made.resumed, "taken_over": list(made.taken_over)}
        print_json({**summary, "seconds_by_section": made.seconds, "sections": made.found()})
        return
    typer.echo(f"{output}: {made.bytes / 1e6:.1f} MB, {len(made.sections)} sections, {seconds} s.")
    if made.taken_over:
        typer.echo(f"Of an earlier run, which was interrupted: {', '.join(made.taken_over)}.")
    if absent:
        typer.echo(f"Could not be made, and say why: {', '.join(absent)}.")
