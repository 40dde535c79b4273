"""`radalike remap`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from radalike.cli.options import JsonOption, LibraryOption
from radalike.cli.output import print_json, print_table, progress_bar
from radalike.cli.session import open_library


def register(app: typer.Typer) -> None:
    app.command("remap")(remap)


def remap(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Apply this version's vocabulary to the images in the library, without their pixels.

    Modality, anatomy, organ and laterality are read again from what each DICOM file said, which
    is kept encrypted; then the index is built anew. Running it twice changes nothing more.

    Example: radalike remap --dry-run
    """
    from radalike.library.writing.remap import remap as remap_library

    with (
        open_library(library) as opened,
        progress_bar("remapping", shown=not as_json) as progress,
    ):
        report = remap_library(opened, dry_run=dry_run, progress=progress)
    if as_json:
        print_json(asdict(report))
        return
    if report.changes:
        rows = (
            (each.field, each.before, each.after, f"{each.images:,}") for each in report.changes
        )
        print_table("", ("field", "was", "is", "images"), rows, numeric=("images",))
    verb = "would change" if dry_run else "changed"
    typer.echo(
        f"{report.changed:,} of {report.images:,} images {verb}; {report.unchanged:,} say the same "
        f"as before, {report.given:,} were given by a manifest and {report.without_evidence:,} "
        "have nothing to be read from: both are left alone."
    )
    if report.indexed:
        typer.echo(f"The index holds {report.indexed:,} images by the new words.")
