"""`radalike rejects`."""

from __future__ import annotations

from typing import Annotated

import typer

from radalike.cli.options import JsonOption, LibraryOption
from radalike.cli.output import print_json, print_table
from radalike.cli.session import open_library

_SHOWN = 50


def register(app: typer.Typer) -> None:
    app.command("rejects")(rejects)


def rejects(
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show private paths: they can name people.")
    ] = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """What could not enter the library, and why.

    Example: radalike rejects --reveal
    """
    with open_library(library) as opened:
        rows = []
        for each in opened.catalog.rejects():
            where = each.filepath
            if where is None and reveal and each.locator is not None:
                where = opened.privacy.unseal(each.locator)
            rows.append(
                {
                    "code": each.code,
                    "reason": each.reason,
                    "source": each.source,
                    "item": where or f"private {each.key[:12]}",
                }
            )
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
    if not reveal and any(row["item"].startswith("private ") for row in rows):
        typer.echo("Paths are hidden, since they can name people; --reveal shows them.")
