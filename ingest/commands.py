"""`radalike ingest` and `radalike sample`."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from radalike.cli.options import EncoderOption, JsonOption, LibraryOption
from radalike.cli.output import print_json
from radalike.cli.session import open_library

if TYPE_CHECKING:
    from ingest.pipeline import Progress
    from ingest.sources.source import Source

_SOME_REJECTED, _INTERRUPTED = 1, 130


def register(app: typer.Typer) -> None:
    app.command("ingest")(ingest)
    app.command("sample")(sample)


def ingest(
    source: Annotated[
        list[Path], typer.Argument(help="Folders, image or DICOM files, or manifest CSVs.")
    ],
    root: Annotated[
        Path | None, typer.Option("--root", help="Folder a manifest's paths are relative to.")
    ] = None,
    dataset: Annotated[
        str, typer.Option("--dataset", help="Name to file a folder's images under.")
    ] = "local",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 when anything was rejected.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", help="Decoding processes (default: one a core).")
    ] = None,
    device: Annotated[str | None, typer.Option("--device", help="auto, cpu, cuda, mps.")] = None,
    precision: Annotated[
        str | None, typer.Option("--precision", help="auto, float32, float16, bfloat16.")
    ] = None,
    encoder: EncoderOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring images into the library. Running it again adds what is new and repeats nothing.

    Example: radalike ingest /exports/2024 --library ./radalike-library
    """
    from ingest.pipeline import ingest as run

    sources = [_source(path, root, dataset) for path in source]
    flags = {"workers": workers, "device": device, "precision": precision, "encoder": encoder}
    with (
        open_library(library, create=True, **flags) as opened,
        _stopped_by_interrupt() as stop,
        _progress(shown=not as_json) as progress,
    ):
        report = run(opened, sources, stop=stop, progress=progress)
    if as_json:
        print_json(report.as_json())
    else:
        for line in report.sentences():
            typer.echo(line)
    if report.interrupted:
        raise typer.Exit(_INTERRUPTED)
    if strict and report.rejected:
        raise typer.Exit(_SOME_REJECTED)


def sample(
    directory: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    images: Annotated[int, typer.Option("--images", min=6, help="How many images.")] = 120,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same files.")] = 0,
    matrix: Annotated[
        int, typer.Option("--matrix", help="Rows and columns of a CT slice: 256 or 512.")
    ] = 256,
    modality: Annotated[str, typer.Option("--modality", help="CT, MR, XR or US only.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Write a small PACS export of synthetic phantoms, to try things on.

    Example: radalike sample ./pacs-export --images 120 --seed 1
    """
    from dataclasses import asdict

    from ingest.phantoms import write_sample
    from radalike.cli.output import progress_bar

    with progress_bar("drawing", shown=not as_json) as progress:
        report = write_sample(
            directory,
            images,
            seed,
            lambda done: progress(done, images),
            matrix=matrix,
            modality=modality.upper(),
        )
    if as_json:
        print_json(asdict(report))
        return
    typer.echo(
        f"{report.images} synthetic images of {report.patients} patients in {directory}: "
        f"`radalike ingest {directory}` brings them into a library."
    )


def _source(path: Path, root: Path | None, dataset: str) -> Source:
    if path.suffix.lower() == ".csv":
        from ingest.sources.manifest import ManifestSource

        return ManifestSource(path, root or path.parent)
    from ingest.sources.folder import FolderSource

    return FolderSource(path, dataset)


@contextmanager
def _stopped_by_interrupt() -> Iterator[Event]:
    """An event that Ctrl-C (or a service's TERM) sets; a second Ctrl-C ends at once."""
    stop = Event()

    def ask_to_stop(_signal: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        typer.echo("Finishing the part; press Ctrl-C again to stop at once.", err=True)

    before = {number: signal.signal(number, ask_to_stop) for number in _STOPPING}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_STOPPING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[Progress], None]]:
    """Bars on standard error: files listed and finished, images encoded and committed."""
    if not shown:
        yield lambda _progress: None
        return
    from ingest.progress import progress_display

    with progress_display() as show:
        yield show
