"""`radalike dicomdir`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radalike.cli.options import JsonOption
from radalike.cli.output import print_report, progress_bar

_INCOMPLETE = 1


def register(app: typer.Typer) -> None:
    app.command("dicomdir")(dicomdir)


def dicomdir(
    path: Annotated[Path, typer.Argument(help="A DICOMDIR, or the folder it lies in.")],
    as_json: JsonOption = False,
) -> None:
    """Compare a DICOMDIR with the files around it; exit 1 when some are missing or outside.

    Example: radalike dicomdir /media/cdrom
    """
    from ingest.dicomdir import check_dicomdir

    with progress_bar("looking at files", shown=not as_json) as progress:
        report = check_dicomdir(path, lambda files: progress(files, 0))
    print_report(report, as_json=as_json)
    if not report.complete:
        raise typer.Exit(_INCOMPLETE)
