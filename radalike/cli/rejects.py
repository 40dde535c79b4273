"""`radalike rejects`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from radalike.cli.options import JsonOption, LibraryOption
from radalike.cli.output import print_json, print_table
from radalike.cli.session import open_library
from radalike.errors import RecordNotFound, UsageError

if TYPE_CHECKING:
    from radalike.catalog.store import Reject
    from radalike.library import Library

_SHOWN = 50


def register(app: typer.Typer) -> None:
    app.command("rejects")(rejects)


def rejects(
    forget: Annotated[
        list[str] | None,
        typer.Option("--forget", help="An item to list no more; may be given several times."),
    ] = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """What could not enter the library, and why. A file that is repaired and ingested again is
    listed no more; --forget is for one that is gone.

    Example: radalike rejects --library ./radalike-library
    """
    with open_library(library) as opened:
        if forget:
            _forget(opened, forget)
        found = opened.catalog.rejects()
        rows = [
            {
                "code": each.code,
                "reason": each.reason,
                "source": each.source,
                "item": each.filepath or each.key,
            }
            for each in found
        ]
        private = any(each.filepath is None for each in found)
    if as_json:
        print_json(rows)
        return
    if not rows:
        typer.echo("Nothing has been rejected.")
        return
    shown = ((row["code"], row["item"], row["reason"]) for row in rows[:_SHOWN])
    print_table("", ("code", "item", "reason"), shown, whole=("item",))
    if len(rows) > _SHOWN:
        typer.echo(f"… and {len(rows) - _SHOWN:,} more: --json prints all.")
    if private:
        typer.echo("Paths can name people: `radalike locate ITEM` shows where a private one is.")


def _kept_files(library: Library, listed: Sequence[Reject]) -> dict[str, str]:
    """Where files are kept, by item, of what came over the network and was refused."""
    from radalike.library.ingesting.refused_files import RefusedFiles
    from radalike.library.originals.places import place_of

    privacy = library.privacy
    refused = RefusedFiles(library.layout.spool_rejects, privacy)
    sealed = [(each.key, each.locator) for each in listed if each.locator is not None]
    places = {
        key: place_of(privacy.unseal(locator), public=False, refused=refused)
        for key, locator in sealed
    }
    return {
        key: place.place
        for key, place in places.items()
        if place.source == "spool" and place.place is not None
    }


def _forget(library: Library, wanted: Sequence[str]) -> None:
    """Raises RecordNotFound when one of them is no reject, UsageError when its file is kept here;
    then none is forgotten."""
    listed = library.catalog.rejects()
    keys = {each.filepath or each.key: each.key for each in listed}
    kept = _kept_files(library, listed)
    for item in wanted:
        if item not in keys:
            raise RecordNotFound(
                "no such item is listed", hint="`radalike rejects --json` lists the items"
            )
        if item in kept:
            raise UsageError(
                f"{item} is kept in {kept[item]}",
                hint="delete that file first: nobody else may have it, and nothing would list it",
            )
    library.catalog.forget_rejects([keys[item] for item in wanted])
