"""`radalike audit`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radalike.cli.audited import operator
from radalike.cli.options import JsonOption, LibraryOption
from radalike.cli.output import print_json, print_table, progress_bar
from radalike.cli.session import open_library

if TYPE_CHECKING:
    from radalike.library.audit.audit import AuditEntry, Wanted

WhoOption = Annotated[str | None, typer.Option("--who", help="Only what one person did.")]
ActionOption = Annotated[
    str | None, typer.Option("--action", help="Only one action: query, open_record, export …")
]
ImageOption = Annotated[
    str | None, typer.Option("--image", help="Only what concerns one image, by its id.")
]
_TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]
SinceOption = Annotated[
    datetime | None, typer.Option("--since", formats=_TIMES, help="From then on (UTC).")
]
UntilOption = Annotated[
    datetime | None, typer.Option("--until", formats=_TIMES, help="Before then (UTC).")
]
_CHANGED = 1


def register(app: typer.Typer) -> None:
    audit = typer.Typer(no_args_is_help=True, help="Who did what on the search page, and when.")
    audit.command("list")(list_)
    audit.command("export")(export)
    audit.command("verify")(verify)
    app.add_typer(audit, name="audit")


def list_(
    who: WhoOption = None,
    action: ActionOption = None,
    image: ImageOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 50,
    before: Annotated[
        int | None, typer.Option("--before", help="Only entries before this number.")
    ] = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """The audit's entries, the newest first. Reading them is an entry itself.

    Example: radalike audit list --who jane --since 2026-11-01
    """
    from radalike.library.audit.audit import AuditAction

    wanted = _wanted(who, action, image, since, until)
    with open_library(library) as opened:
        opened.audit.write(operator(), AuditAction.AUDIT_READ, image, how="list")
        found = opened.audit.entries(before=before, limit=limit, **wanted)
    if as_json:
        print_json([entry.as_json() for entry in found])
        return
    columns = ("number", "at (UTC)", "who", "action", "subject", "detail")
    print_table("", columns, map(_row, found), numeric=["number"])


def export(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="A .csv or .jsonl file.")
    ],
    who: WhoOption = None,
    action: ActionOption = None,
    image: ImageOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the audit to a file, the oldest entry first; the file is its owner's alone to read.

    Example: radalike audit export -o audit.csv --since 2026-11-01
    """
    from radalike.cli.exported_text import exported_text, suffix_of
    from radalike.library.audit.audit import AuditAction
    from radalike.library.audit.files import write_csv, write_lines

    wanted = _wanted(who, action, image, since, until)
    write = write_csv if suffix_of(output, (".csv", ".jsonl")) == ".csv" else write_lines
    with open_library(library) as opened:
        opened.audit.write(operator(), AuditAction.AUDIT_READ, image, how="export")
        with exported_text(output) as file:
            entries = write(file, opened.audit.each(**wanted))
    if as_json:
        print_json({"entries": entries, "file": str(output)})
    else:
        typer.echo(f"{entries:,} entries are in {output}.")


def verify(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Whether every entry of the audit is there and as it was written. Exit 1 when one is not.

    Example: radalike audit verify
    """
    with (
        open_library(library) as opened,
        progress_bar("verifying the audit", shown=not as_json) as progress,
    ):
        found = opened.audit.verify(progress)
    if as_json:
        faults = [{"number": each.number, "what": each.what} for each in found.faults]
        print_json({"entries": found.entries, "intact": not faults, "faults": faults})
    elif found.faults:
        typer.echo("\n".join(each.what for each in found.faults))
        typer.echo("The audit was changed with other means than Radalike's.")
    else:
        typer.echo(f"{found.entries:,} entries, each as it was written.")
    if found.faults:
        raise typer.Exit(_CHANGED)


# -- inside ------------------------------------------------------------------------------------


def _wanted(
    who: str | None,
    action: str | None,
    image: str | None,
    since: datetime | None,
    until: datetime | None,
) -> Wanted:
    """Raises UnknownName for an action that does not exist."""
    from radalike.errors import UnknownName
    from radalike.library.audit.audit import AuditAction, Wanted

    if action is not None and action not in list(AuditAction):
        raise UnknownName("action", action, AuditAction)
    named = None if action is None else AuditAction(action)
    return Wanted(who=who, action=named, image=image, since=since, until=until)


def _row(entry: AuditEntry) -> tuple[str, ...]:
    from radalike.library.audit.files import detail_text

    at = entry.at.strftime("%Y-%m-%d %H:%M:%S")
    return str(entry.number), at, entry.who, entry.action, entry.subject or "", detail_text(entry)
