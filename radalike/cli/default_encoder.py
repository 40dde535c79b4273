"""`radalike default-encoder`."""

from __future__ import annotations

from typing import Annotated

import typer

from radalike.cli.options import JsonOption, LibraryOption
from radalike.cli.output import print_json
from radalike.cli.session import open_library


def register(app: typer.Typer) -> None:
    app.command("default-encoder")(default_encoder)


def default_encoder(
    encoder: Annotated[str, typer.Argument(help="Encoder id; `radalike status` shows them.")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Search the library with another encoder from now on, once it has a vector of every image.

    A search page that runs takes it up when it is started again.

    Example: radalike default-encoder biomedclip
    """
    from radalike.library.encoders.default_encoder import make_default

    with open_library(library, encoder=encoder) as opened:
        make_default(opened)
        name = opened.encoder_id
    if as_json:
        print_json({"default": name})
        return
    typer.echo(f"{name} is the library's default encoder now.")
