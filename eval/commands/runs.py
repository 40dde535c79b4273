"""`radalike eval runs`: the evaluations that have been made."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from radalike.cli.options import JsonOption, LibraryOption


def runs(
    number: Annotated[
        int | None, typer.Argument(help="A run's number, to see all that it found.")
    ] = None,
    command: Annotated[
        str | None, typer.Option("--command", help="Only those of one command: retrieval, ann …")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 20,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Evaluations that are stored in the library, the newest first.

    Example: radalike eval runs --command retrieval
    """
    from radalike.catalog.runs import Run, stored_run, stored_runs
    from radalike.cli.output import print_json, print_table
    from radalike.cli.session import open_library

    def as_json(run: Run) -> dict[str, Any]:
        return {
            "number": run.number,
            "command": run.command,
            "encoder": run.encoder,
            "fingerprint": run.fingerprint,
            "finished_at": run.finished_at.isoformat(timespec="seconds"),
            "seconds": run.seconds,
            "asked": run.asked,
            "found": run.found,
        }

    with open_library(library) as opened:
        engine = opened.catalog.engine
        if number is not None:
            print_json(as_json(stored_run(engine, number)))
            return
        found = stored_runs(engine, command, limit)
    if json:
        print_json({"runs": [as_json(run) for run in found]})
        return
    if not found:
        typer.echo("No evaluation is stored yet: `radalike eval retrieval` makes one.")
        return
    rows = [
        (
            str(run.number),
            run.finished_at.strftime("%Y-%m-%d %H:%M"),
            run.command,
            run.encoder,
            f"{run.seconds:.1f} s",
            _words(run.asked),
        )
        for run in found
    ]
    print_table(
        "", ("run", "finished (UTC)", "command", "encoder", "took", "asked"), rows, numeric=["run"]
    )


def _words(asked: Any) -> str:
    return ", ".join(
        f"{name} {value}" for name, value in asked.items() if value not in (None, "", [])
    )
