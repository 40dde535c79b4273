"""What commands print: JSON or tables on standard output, progress and errors on standard error."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer

from radalike.cli.progress_lines import lines_wanted, progress_lines
from radalike.errors import RadalikeError


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numeric: Sequence[str] = (),
) -> None:
    """A table under its title; columns named in `numeric` are set flush right."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    if title:
        typer.echo(title)
    table = Table(header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    Console().print(table)


def print_error(error: RadalikeError, *, as_json: bool) -> None:
    """The message and the way out."""
    if as_json:
        print_json({"error": str(error), "kind": type(error).__name__, "hint": error.hint})
        return
    typer.echo(f"radalike: {error}", err=True)
    if error.hint:
        typer.echo(f"  {error.hint}", err=True)


@contextmanager
def progress_bar(label: str, *, shown: bool = True) -> Iterator[Callable[[int, int], None]]:
    """A function of (done, total) that moves a bar on standard error; silent without a terminal.

    Where the environment asks for JSON lines, they are written in place of the bar, `shown` or not.
    """
    if lines_wanted():
        with progress_lines(label) as lines:
            yield lines.tell
        return
    if not shown:
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(label, total=None)

        def move(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield move
