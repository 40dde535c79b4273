"""`radalike erase`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from radalike.cli.options import JsonOption, LibraryOption
from radalike.cli.output import print_json, progress_bar
from radalike.cli.session import open_library

_SOMETHING_FOUND = 1


def register(app: typer.Typer) -> None:
    app.command("erase")(erase)


def erase(
    patient: Annotated[
        str,
        typer.Option(
            "--patient", help="PatientID as the files have it, or pseudonym; - asks for it."
        ),
    ],
    issuer: Annotated[
        str | None,
        typer.Option("--issuer", help="Issuer of the PatientID (for a manifest: its dataset)."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    forget_servers: Annotated[
        bool,
        typer.Option("--forget-servers", help="Qdrant servers used before are no more."),
    ] = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove all that the library has of a patient, and prove it. Exit 1 when a trace is left.

    Example: radalike erase --patient MRN-0042 --issuer HOSPITAL --yes
    """
    named = sys.stdin.readline().strip() if patient == "-" else patient
    if not yes:
        _ask()
    with (
        open_library(library) as opened,
        progress_bar("searching what is left", shown=not as_json) as progress,
    ):
        report = opened.erase_patient(
            named, issuer, forget_servers=forget_servers, progress=progress
        )
    if as_json:
        print_json(report.as_json())
    else:
        typer.echo(
            f"Erased: {report.images:,} images, {report.vectors:,} vectors, "
            f"{report.index_points:,} index points, {report.thumbnails:,} thumbnails, "
            f"{report.spool_files:,} spooled files, {report.rejects:,} rejects; "
            f"{report.parts_rewritten:,} parts were rewritten."
        )
        typer.echo(
            f"{report.scanned_files:,} files and the catalog were searched: "
            f"{report.found or 'no'} traces are left."
        )
        if report.unreadable_spool_files:
            typer.echo(
                f"{report.unreadable_spool_files:,} files in the spool do not say whom they show."
            )
        if report.unattributed_rejects:
            typer.echo(
                f"{report.unattributed_rejects:,} rejected files do not say whom they show: "
                "`radalike rejects` lists them, and forgets those that it is told to."
            )
    if report.found:
        raise typer.Exit(_SOMETHING_FOUND)


def _ask() -> None:
    from radalike.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError("nobody can be asked", hint="--yes erases without a question")
    question = "Erase this patient from the library? It cannot be undone."
    typer.confirm(question, abort=True, err=True)
