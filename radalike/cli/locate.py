"""`radalike locate`."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from radalike.cli.options import JsonOption, LibraryOption
from radalike.cli.output import print_json
from radalike.cli.session import open_library
from radalike.errors import UsageError

if TYPE_CHECKING:
    from radalike.catalog.store import Reject
    from radalike.library.library import Library
    from radalike.library.originals.places import Place


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
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            help="Write here, opened, what came over the network, was refused and is kept sealed.",
        ),
    ] = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Where the original of an image was when it was read. Mind that paths can name people.

    Example: radalike locate 3f2b6c1e-5d0a-5b8e-9a53-0c5e8f6d7a10
    """
    with open_library(library) as opened:
        rejected = opened.catalog.reject(image)
        place = _place_of_image(opened, image) if rejected is None else _place(opened, rejected)
        kept = opened.identity(image) if identity and rejected is None else None
        if output is not None:
            _write_opened(opened, place, output)
    shown = {name: _printable(text) for name, text in asdict(place).items()}
    answer: dict[str, Any] = {"id": image, **shown}
    if identity:
        answer["identity"] = kept
    if as_json:
        print_json(answer)
        return
    for line in (" ! ".join(filter(None, (shown["place"], shown["member"]))), place.note):
        if line:
            typer.echo(line)
    if identity:
        for name, value in (kept or {}).items():
            typer.echo(f"{name}: {value}")
        if kept is None:
            typer.echo("Its identifiers were not kept.")


def _place_of_image(library: Library, image: str) -> Place:
    from radalike.library.originals.places import place_of

    record = library.get(image)
    return place_of(library.locate(record), public=record.filepath is not None)


def _place(library: Library, rejected: Reject) -> Place:
    from radalike.library.ingesting.refused_files import RefusedFiles
    from radalike.library.originals.places import place_of

    sealed = rejected.locator
    return place_of(
        rejected.filepath if sealed is None else library.privacy.unseal(sealed),
        public=rejected.filepath is not None,
        refused=RefusedFiles(library.layout.spool_rejects, library.privacy),
    )


def _write_opened(library: Library, place: Place, output: Path) -> None:
    from radalike.sealed_files import open_sealed
    from radalike.storage import exported_file

    if place.source != "spool" or place.place is None:
        raise UsageError(
            "nothing is kept sealed of this one",
            hint="--output is for what `radalike listen` received and refused; "
            "`radalike locate ITEM` says where others are",
        )
    with (
        open_sealed(Path(place.place), library.privacy.file_key) as opened,
        exported_file(output, private=True) as file,
    ):
        shutil.copyfileobj(opened, file)


def _printable(text: str | None) -> str | None:
    """A file's name may hold bytes that are no text."""
    if text is None:
        return None
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
