"""`radalike ingest-runs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from radalike.cli.options import JsonOption, LibraryOption
from radalike.cli.output import print_json, print_table
from radalike.cli.session import open_library

if TYPE_CHECKING:
    from radalike.library.ingesting.ingest_runs import IngestRun

_COUNTED = ("added", "known", "skipped", "rejected", "left")


def register(app: typer.Typer) -> None:
    app.command("ingest-runs")(ingest_runs)


def ingest_runs(
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 20,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ingests that have been made, the newest first: what they found, and how fast.

    Example: radalike ingest-runs --limit 5
    """
    from dataclasses import asdict

    from radalike.library.ingesting.ingest_runs import ingest_runs as stored

    with open_library(library) as opened:
        runs = stored(opened, limit)
    if as_json:
        times = [{"finished_at": run.finished_at.isoformat(timespec="seconds")} for run in runs]
        print_json({"runs": [asdict(run) | time for run, time in zip(runs, times, strict=True)]})
    elif runs:
        columns = ("run", "finished (UTC)", "source", "files", "images", "images/s")
        numeric = ("run", "images", "images/s")
        print_table("", columns, map(_row, runs), numeric=numeric, whole=columns[:2])
    else:
        typer.echo("Nothing has been ingested yet: `radalike ingest SOURCE` does.")


def _row(run: IngestRun) -> tuple[str, ...]:
    """How the files ended is said in words, for most ingests have two or three of the ends."""
    ends = [f"{getattr(run, name):,} {name}" for name in _COUNTED if getattr(run, name)]
    return (
        str(run.number),
        run.finished_at.strftime("%Y-%m-%d %H:%M"),
        ", ".join(run.sources),
        ", ".join([*(ends or ["none"]), *(["interrupted"] if run.interrupted else [])]),
        f"{run.images:,}",
        f"{run.images_per_second:,.1f}",
    )
