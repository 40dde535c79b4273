"""`radalike rejects`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from radalike.cli.options import JsonOption, LibraryOption
from radalike.cli.output import print_json, print_table
from radalike.cli.session import open_library
from radalike.errors import RecordNotFound

if TYPE_CHECKING:
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
    print_table("", ("code", "item", "reason"), shown)
    if len(rows) > _SHOWN:
        typer.echo(f"… and {len(rows) - _SHOWN:,} more: --json prints all.")
    if private:
        typer.echo("Paths can name people: `radalike locate ITEM` shows where a private one is.")


def _forget(library: Library, wanted: Sequence[str]) -> None:
    """Raises RecordNotFound when one of them is no reject; then none is forgotten."""
    keys = {each.filepath or each.key: each.key for each in library.catalog.rejects()}
    for item in wanted:
        if item not in keys:
            raise RecordNotFound(
                "no such item is listed", hint="`radalike rejects --json` lists the items"
            )
    library.catalog.forget_rejects([keys[item] for item in wanted])
