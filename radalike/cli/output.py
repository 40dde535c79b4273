"""What commands print: JSON or tables on standard output, progress and errors on standard error."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import typer

from radalike.cli.progress_lines import ProgressLines, lines_wanted, progress_lines
from radalike.errors import RadalikeError

if TYPE_CHECKING:
    from rich.console import JustifyMethod
    from rich.progress import ProgressColumn


INTERRUPTED = 130
"""The exit code of a command that Ctrl-C has ended, as shells have it."""


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


class Report(Protocol):
    """What a command has done."""

    def as_json(self) -> dict[str, Any]: ...

    def sentences(self) -> list[str]:
        """The same in words."""


def print_report(report: Report, *, as_json: bool) -> None:
    if as_json:
        print_json(report.as_json())
        return
    for line in report.sentences():
        typer.echo(line)


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numeric: Sequence[str] = (),
    whole: Sequence[str] = (),
) -> None:
    """A table under its title; columns named in `numeric` are set flush right. Those in `whole` are
    not broken into lines, and so cut where the terminal is narrower than what is in them: for what
    is short, or to be copied."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    if title:
        typer.echo(title)
    table = Table(header_style="bold", show_header=any(columns))
    for column in columns:
        justify: JustifyMethod = "right" if column in numeric else "left"
        table.add_column(column, justify=justify, overflow="fold", no_wrap=column in whole)
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
def progress_bar(
    label: str, *, shown: bool = True, of_bytes: bool = False
) -> Iterator[Callable[[int, int], None]]:
    """A function of (done, total) that moves a bar, from the start there; see `progress_bars`."""
    with progress_bars(shown=shown, of_bytes=of_bytes) as move:
        move(label, 0, None)
        yield partial(move, label)


@contextmanager
def progress_bars(
    *, shown: bool = True, of_bytes: bool = False
) -> Iterator[Callable[[str, int, int | None], None]]:
    """A function of (label, done, total) that moves a bar for each label on standard error; silent
    without a terminal. of_bytes: with their rate, and the time left.

    Where the environment asks for JSON lines, they are written in place of bars, `shown` or not.
    """
    if lines_wanted():
        with ExitStack() as opened:
            lines: dict[str, ProgressLines] = {}

            def tell(label: str, done: int, total: int | None) -> None:
                if label not in lines:
                    lines[label] = opened.enter_context(progress_lines(label))
                lines[label].tell(done, total)

            yield tell
        return
    if not shown:
        yield lambda _label, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress, TaskID

    console = Console(stderr=True)
    columns = _columns_of_bytes() if of_bytes else Progress.get_default_columns()
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        tasks: dict[str, TaskID] = {}

        def move(label: str, done: int, total: int | None) -> None:
            if label not in tasks:
                tasks[label] = progress.add_task(label, total=total)
            progress.update(tasks[label], completed=done, total=total)

        yield move


def _columns_of_bytes() -> tuple[ProgressColumn, ...]:
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    return (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
