"""`radalike index build` and `radalike index check`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from radalike.cli.options import EncoderOption, JsonOption, LibraryOption
from radalike.cli.output import print_json, print_table, progress_bar
from radalike.cli.session import open_library

if TYPE_CHECKING:
    from radalike.library import Library
    from radalike.library.indexing.canary import Canary

_NOT_AS_IT_SHOULD_BE = 1


def register(app: typer.Typer) -> None:
    commands = typer.Typer(help="The search index, a projection of catalog and parts.")
    commands.command("build")(build)
    commands.command("check")(check)
    app.add_typer(commands, name="index", no_args_is_help=True)


def build(
    full: Annotated[bool, typer.Option("--full", help="From nothing, not from the last.")] = False,
    encoder: EncoderOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring the index up to date with the parts; searches go on meanwhile.

    Example: radalike index build --full
    """
    with (
        open_library(library, encoder=encoder) as opened,
        progress_bar("indexing", shown=not as_json) as progress,
    ):
        report = opened.build_index(full=full, progress=progress)
    if as_json:
        print_json(asdict(report))
        return
    typer.echo(
        f"The {report.backend} index holds {report.points:,} images of {report.parts:,} parts "
        f"({report.added:,} newly written)."
    )


def check(
    encoder: EncoderOption = None, library: LibraryOption = None, as_json: JsonOption = False
) -> None:
    """Hold parts, catalog and index against each other, and the index's answers against exact
    ones. Exit 1 when something is wrong.

    Example: radalike index check
    """
    from radalike.library.checking import check_library

    with (
        open_library(library, encoder=encoder) as opened,
        progress_bar("checking", shown=not as_json) as progress,
    ):
        findings = check_library(opened, progress)
        found = None if findings else _canary(opened)
    if found is not None:
        findings = found.findings()
    if as_json:
        print_json(
            {
                "ok": not findings,
                "findings": [asdict(each) for each in findings],
                "canary": asdict(found) if found is not None else None,
            }
        )
    elif findings:
        rows = ((each.what, each.problem, each.way_out) for each in findings)
        print_table("", ("what", "problem", "way out"), rows)
    else:
        typer.echo("Parts, catalog and index agree.")
        if found is not None:
            typer.echo(
                f"The {found.backend} index finds {found.recall:.3f} of the {found.limit} nearest "
                f"({found.queries} images asked, the worst {found.worst_recall:.2f})."
            )
    if findings:
        raise typer.Exit(_NOT_AS_IT_SHOULD_BE)


def _canary(library: Library) -> Canary | None:
    """None where nothing is built that could be asked."""
    from radalike.errors import IndexUnavailable
    from radalike.library.indexing.canary import canary

    try:
        return canary(library)
    except IndexUnavailable:
        return None
