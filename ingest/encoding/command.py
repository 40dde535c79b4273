"""`radalike encode`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ingest.interruption import stopped_by_interrupt
from radalike.cli.options import EncoderOption, JsonOption, LibraryOption
from radalike.cli.output import INTERRUPTED, print_json, progress_bar
from radalike.cli.session import open_library

_NOT_WHOLE = 1


def register(app: typer.Typer) -> None:
    app.command("encode")(encode)


def encode(
    root: Annotated[
        list[Path] | None,
        typer.Option(
            "--root",
            help="Folder that a manifest's paths are relative to, or that has what was moved; "
            "can be given again.",
        ),
    ] = None,
    tiles: Annotated[
        str, typer.Option("--tiles", help="Embed tiles, ROWSxCOLUMNS up to 4x4, too: 2x2.")
    ] = "",
    make_default: Annotated[
        bool, typer.Option("--make-default", help="Search with it from then on, once it is whole.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 when an image is left without a vector.")
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
    """Embed all that the library has with another encoder too, from the originals.

    Running it again goes on where it was ended, and adds what has come since.

    Example: radalike encode --encoder biomedclip --root /data/radimagenet
    """
    from ingest.encoding.adapted import encode_adapted
    from ingest.encoding.run import encode as run
    from radalike.errors import UsageError
    from radalike.library.encoders.default_encoder import make_default as switch

    if tiles and make_default:
        raise UsageError(
            "tiles are no encoder that could be the default",
            hint="`radalike search --region x,y,w,h` finds among them",
        )
    with (
        open_library(
            library, workers=workers, device=device, precision=precision, encoder=encoder
        ) as opened,
        stopped_by_interrupt() as stop,
        progress_bar("images", shown=not as_json) as progress,
    ):
        target = opened.beside(tiles=tiles)
        if target.spec.adapts is not None:
            report = encode_adapted(target, stop=stop, progress=progress)
        else:
            report = run(target, roots=root or (), stop=stop, progress=progress)
        if make_default and not report.interrupted:
            switch(opened)
    if as_json:
        print_json(report.as_json() | {"default": make_default and not report.interrupted})
    else:
        for line in report.sentences():
            typer.echo(line)
        if make_default and not report.interrupted:
            typer.echo(f"{report.encoder} is the library's default encoder now.")
    if report.interrupted:
        raise typer.Exit(INTERRUPTED)
    if strict and not report.is_whole:
        raise typer.Exit(_NOT_WHOLE)
