"""`radalike rejects`."""

from __future__ import annotations

import typer

from radalike.cli.options import JsonOption, LibraryOption
from radalike.cli.output import print_json, print_table
from radalike.cli.session import open_library

_SHOWN = 50


def register(app: typer.Typer) -> None:
    app.command("rejects")(rejects)


def rejects(
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """What could not enter the library, and why.

    Example: radalike rejects --library ./radalike-library
    """
    with open_library(library) as opened:
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
