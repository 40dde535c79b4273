"""`radalike eval ann`: what approximate search loses beside exact search, and how fast it is."""

from __future__ import annotations

from typing import Annotated

import typer

from eval.commands.options import DrawsOption, RelevanceOption, SeedOption, selection
from radalike.cli.options import EncoderOption, JsonOption, LibraryOption

SettingOption = Annotated[
    list[str] | None,
    typer.Option(
        "--setting",
        "-s",
        metavar="NAME",
        help="`built` (the index as it is), `exact`, or what differs, with commas between: ef=64, "
        "one of float32, float16, int8, turbo4, binary, with oversampling=2 and rescore=no, one of "
        "edge, server. Repeat it for more.",
        show_default="exact, built, several ef, float32, int8 with oversampling",
    ),
]
QueriesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--queries",
        metavar="KEY=VALUE",
        help="Images that are searched for, or `all`. Repeat it to narrow by another field.",
        show_default="all",
    ),
]
SampleOption = Annotated[
    int, typer.Option("--sample", min=1, help="At most so many of them, drawn at random.")
]
SelectivityOption = Annotated[
    list[float] | None,
    typer.Option(
        "--selectivity",
        min=0,
        max=100,
        metavar="PERCENT",
        help="Of the images, that a filter lets pass; the library's nearest filter is taken. "
        "Repeat it for more.",
        show_default="100, 25, 2, 0.1",
    ),
]
ToleranceOption = Annotated[
    float,
    typer.Option("--tolerance", min=0, max=1, help="A setting fails if P@10 falls by more."),
]


def ann(
    setting: SettingOption = None,
    queries: QueriesOption = None,
    sample: SampleOption = 1000,
    selectivity: SelectivityOption = None,
    relevance: RelevanceOption = "label",
    tolerance: ToleranceOption = 0.002,
    draws: DrawsOption = 1000,
    seed: SeedOption = 0,
    encoder: EncoderOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Approximate search against exact search: recall, P@N and latency of each setting.

    All images of the library are searched, by way of the built index; a setting that needs another
    one has it built aside and removed. Exit code 1 when a setting costs too much.

    Example: radalike eval ann --setting built --setting int8,oversampling=2
    """
    import time

    from eval.ann import SHARES, as_json, evaluate_ann, parse_setting
    from eval.commands.ann_tables import print_ann
    from eval.runs import store_run
    from eval.saved_state import KeptWork
    from radalike.cli.output import print_json, progress_bar
    from radalike.cli.session import open_library

    settings = [parse_setting(text) for text in setting or ()]
    shares = [each / 100 for each in selectivity or ()] or list(SHARES)
    condition = selection(queries or ["all"], "all")
    started = time.monotonic()
    with (
        open_library(library, encoder=encoder) as opened,
        KeptWork(opened.layout.evaluation) as kept,
    ):
        with progress_bar("Searching", shown=not json) as progress:
            report = evaluate_ann(
                opened,
                settings,
                queries=condition,
                relevance=relevance,
                sample=sample,
                shares=shares,
                tolerance=tolerance,
                draws=draws,
                seed=seed,
                progress=progress,
                resume_in=kept,
            )
        asked = {
            "settings": [each.setting for each in report.settings],
            "queries": queries or ["all"],
            "sample": sample,
            "selectivity": [100 * share for share in shares],
            "relevance": relevance,
            "tolerance": tolerance,
        }
        store_run(opened, "ann", asked, as_json(report), started=started)
    if json:
        print_json(as_json(report))
    else:
        print_ann(report)
    if report.failed:
        raise typer.Exit(1)
