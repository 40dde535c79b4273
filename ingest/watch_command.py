"""`radalike watch`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ingest.interruption import stopped_by_interrupt
from ingest.sources.place import check_folder
from radalike.cli.options import EncoderOption, JsonOption, LibraryOption
from radalike.cli.output import print_report
from radalike.cli.session import open_library


def register(app: typer.Typer) -> None:
    app.command("watch")(watch)


def watch(
    directory: Annotated[str, typer.Argument(help="Folder that files land in.")],
    dataset: Annotated[
        str, typer.Option("--dataset", help="Name to file the images under.")
    ] = "local",
    settle: Annotated[
        float,
        typer.Option("--settle", min=0.1, help="Seconds that a file must not have changed for."),
    ] = 5.0,
    health: Annotated[
        Path | None, typer.Option("--health", help="JSON file to tell every two seconds how it is.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", help="Decoding processes (default: one a core).")
    ] = None,
    device: Annotated[str | None, typer.Option("--device", help="auto, cpu, cuda, mps.")] = None,
    encoder: EncoderOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring what lands in a folder into the library, once its size is stable. Ctrl-C or TERM ends
    it, with all that was encoded committed; started again, it goes on from there.

    Example: radalike watch /incoming --library ./radalike-library --health /run/watch.json
    """
    from ingest.progress import progress_display
    from ingest.watch import watch as run

    check_folder(directory)
    flags = {"workers": workers, "device": device, "encoder": encoder}
    with (
        open_library(library, create=True, **flags) as opened,
        stopped_by_interrupt() as stop,
        progress_display(shown=not as_json) as progress,
    ):
        report = run(
            opened,
            Path(directory),
            dataset,
            settle=settle,
            stop=stop,
            health=health,
            progress=progress,
        )
    print_report(report, as_json=as_json)
