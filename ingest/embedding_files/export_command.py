"""`radalike export-embeddings`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radalike.cli.options import EncoderOption, JsonOption, LibraryOption, parse_conditions
from radalike.cli.output import print_report, progress_bar
from radalike.cli.session import open_library


def register(app: typer.Typer) -> None:
    app.command("export-embeddings")(export_embeddings)


def export_embeddings(
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="File to write: .h5 (one data set per image, as the study's) or .parquet.",
        ),
    ],
    manifest: Annotated[
        Path | None,
        typer.Option("--manifest", help="Write the images' manifest CSV beside it."),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where", metavar="KEY=VALUE", help="Images to export; repeat it to narrow further."
        ),
    ] = None,
    encoder: EncoderOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the library's vectors to a file that other tools, and import-embeddings, read.

    Example: radalike export-embeddings -o train.h5 --manifest train.csv --where split=train
    """
    from ingest.embedding_files.exporting import export_embeddings as run

    condition = parse_conditions(where or ())
    with (
        open_library(library, encoder=encoder) as opened,
        progress_bar("vectors", shown=not as_json) as progress,
    ):
        report = run(opened, output, manifest=manifest, condition=condition, progress=progress)
    print_report(report, as_json=as_json)
