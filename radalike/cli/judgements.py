"""`radalike judgements`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from radalike.cli.audited import operator
from radalike.cli.options import JsonOption, LibraryOption
from radalike.cli.output import print_json, print_table
from radalike.cli.session import open_library

WhoOption = Annotated[str | None, typer.Option("--who", help="Only what one person marked.")]
_SHOWN = 50


def register(app: typer.Typer) -> None:
    judgements = typer.Typer(
        no_args_is_help=True, help="What people marked as relevant on the search page."
    )
    judgements.command("list")(list_)
    judgements.command("export")(export)
    app.add_typer(judgements, name="judgements")


def list_(
    who: WhoOption = None, library: LibraryOption = None, as_json: JsonOption = False
) -> None:
    """Every mark: of which query and image, relevant or not, by whom and when.

    Example: radalike judgements list --json
    """
    with open_library(library) as opened:
        found = opened.judgements.all(who=who)
    if as_json:
        print_json([{**asdict(each), "at": each.at.isoformat()} for each in found])
        return
    if not found:
        typer.echo("Nothing has been marked yet: the search page takes marks.")
        return
    rows = (
        (
            each.query or f"key {each.query_key}",
            each.image,
            "yes" if each.relevant else "no",
            each.who,
            each.at.strftime("%Y-%m-%d %H:%M"),
        )
        for each in found[-_SHOWN:]
    )
    print_table("", ("query", "image", "relevant", "who", "at (UTC)"), rows)
    if len(found) > _SHOWN:
        typer.echo(f"… the newest of {len(found):,}: --json prints all.")


def export(
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="A .qrels file (TREC: `query 0 image 0|1`; the last mark of a pair counts) "
            "or a .csv file (everybody's marks).",
        ),
    ],
    who: WhoOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the marks to a file that evaluation programs or spreadsheets read.

    Example: radalike judgements export -o marks.qrels
    """
    from radalike.cli.exported_text import exported_text, suffix_of
    from radalike.library.audit.audit import AuditAction
    from radalike.library.judgements import as_csv, as_qrels

    text_of = as_csv if suffix_of(output, (".qrels", ".csv")) == ".csv" else as_qrels
    with open_library(library) as opened:
        opened.audit.write(operator(), AuditAction.EXPORT, what="judgements")
        found = opened.judgements.all(who=who)
        with exported_text(output) as file:
            file.write(text_of(found))
    if as_json:
        print_json({"judgements": len(found), "file": str(output)})
    else:
        typer.echo(f"{len(found):,} marks are in {output}.")
