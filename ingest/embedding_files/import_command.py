"""`radalike import-embeddings`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ingest.interruption import stopped_by_interrupt
from radalike.cli.options import JsonOption, LibraryOption
from radalike.cli.output import INTERRUPTED, print_report, progress_bars

_REFUSED = 1


def register(app: typer.Typer) -> None:
    app.command("import-embeddings")(import_embeddings)


def import_embeddings(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…",
            help="HDF5 files of vectors, one float32 data set per image, named by its filepath; "
            "and further manifests (.csv).",
        ),
    ],
    encoder: Annotated[
        str,
        typer.Option("--encoder", help="What made the vectors; they become imported:ID."),
    ],
    manifest: Annotated[
        list[Path] | None,
        typer.Option("--manifest", help="Manifest CSV of the images; can be given again."),
    ] = None,
    description: Annotated[
        str,
        typer.Option("--description", help="How they were made; part of the fingerprint."),
    ] = "",
    normalise: Annotated[
        bool, typer.Option("--normalise", help="Bring vectors of any length to length 1.")
    ] = False,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Import what is whole, and list the rest.")
    ] = False,
    left_out: Annotated[
        Path | None,
        typer.Option("--left-out", help="CSV to list in what is not whole, with the reason."),
    ] = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring embeddings that were computed elsewhere into a library, without images or a model.

    Running it again adds what is missing and repeats nothing. Exit code 1: something was not whole,
    and nothing was imported.

    Example: radalike import-embeddings biomedclip.h5 --manifest nih14.csv --encoder biomedclip
    """
    from ingest.embedding_files.import_request import ImportRequest
    from ingest.embedding_files.importing import import_embeddings as run
    from radalike.errors import UsageError
    from radalike.settings import load_settings

    # A shell makes `--manifest *.csv` one option and many arguments.
    tables = [path for path in files if path.suffix.lower() == ".csv"]
    vectors = [path for path in files if path not in tables]
    manifests = (*(manifest or ()), *tables)
    if not vectors or not manifests:
        what = "a file of vectors" if manifests else "a manifest"
        raise UsageError(
            f"{what} is missing", hint="radalike import-embeddings FILE.h5 --manifest FILE.csv"
        )
    request = ImportRequest(
        files=tuple(vectors),
        manifests=manifests,
        name=encoder,
        description=description,
        normalise=normalise,
        allow_missing=allow_missing,
        left_out=left_out,
    )
    settings = load_settings(library=library)
    with stopped_by_interrupt() as stop, progress_bars(shown=not as_json) as progress:
        report = run(settings, request, stop=stop, progress=progress)
    print_report(report, as_json=as_json)
    if report.interrupted:
        raise typer.Exit(INTERRUPTED)
    if report.refused:
        raise typer.Exit(_REFUSED)
