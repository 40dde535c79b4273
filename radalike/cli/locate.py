"""`radalike locate`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from radalike.cli.options import JsonOption, LibraryOption
from radalike.cli.output import print_json
from radalike.cli.session import open_library


def register(app: typer.Typer) -> None:
    app.command("locate")(locate)


def locate(
    image: Annotated[
        str,
        typer.Argument(help="Id of an image in the library, or item of `radalike rejects`."),
    ],
    identity: Annotated[
        bool,
        typer.Option("--identity", help="Also the identifiers, where the site keeps them."),
    ] = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Where the original of an image was when it was read. Mind that paths can name people.

    Example: radalike locate 3f2b6c1e-5d0a-5b8e-9a53-0c5e8f6d7a10
    """
    from radalike.library.places import place_of

    with open_library(library) as opened:
        rejected = opened.catalog.reject(image)
        if rejected is not None:
            sealed = rejected.locator
            place = place_of(
                rejected.filepath if sealed is None else opened.privacy.unseal(sealed),
                public=rejected.filepath is not None,
                rejects=opened.layout.spool_rejects,
            )
            kept = None
        else:
            record = opened.get(image)
            place = place_of(opened.locate(record), public=record.filepath is not None)
            kept = opened.identity(record.id) if identity else None
    shown = {name: _printable(text) for name, text in asdict(place).items()}
    answer: dict[str, Any] = {"id": image, **shown}
    if identity:
        answer["identity"] = kept
    if as_json:
        print_json(answer)
        return
    typer.echo(" ! ".join(filter(None, (shown["place"], shown["member"]))) or place.note)
    if identity:
        for name, value in (kept or {}).items():
            typer.echo(f"{name}: {value}")
        if kept is None:
            typer.echo("Its identifiers were not kept.")


def _printable(text: str | None) -> str | None:
    """A file's name may hold bytes that are no text."""
    if text is None:
        return None
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
