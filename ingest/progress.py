"""The progress of an ingest: a bar a stage, with its rate and the time left, or JSON lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from ingest.pipeline import Progress as Counts
from radalike.cli.progress_lines import ProgressLines, lines_wanted, progress_lines


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s")


@contextmanager
def progress_display(*, shown: bool = True) -> Iterator[Callable[[Counts], None]]:
    """A function that shows counts; silent when standard error is no terminal, or not `shown`.

    Where the environment asks for JSON lines, they are written in place of bars, `shown` or not.
    """
    if lines_wanted():
        with progress_lines("files") as lines:
            yield lambda counts: _tell(lines, counts)
    elif shown:
        with _bars() as show:
            yield show
    else:
        yield lambda _counts: None


def _tell(lines: ProgressLines, counts: Counts) -> None:
    lines.tell(
        counts.finished,
        counts.total,
        listed=counts.listed,
        images=counts.images,
        committed=counts.committed,
    )


@contextmanager
def _bars() -> Iterator[Callable[[Counts], None]]:
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description:>18}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}"),
        _Rate(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bars:
        listed = bars.add_task("files listed", total=None)
        finished = bars.add_task("files decoded", total=None)
        encoded = bars.add_task("images encoded", total=None)
        committed = bars.add_task("images committed", total=None)

        def show(counts: Counts) -> None:
            bars.update(listed, completed=counts.listed, total=counts.total)
            bars.update(finished, completed=counts.finished, total=counts.total)
            bars.update(encoded, completed=counts.images)
            bars.update(committed, completed=counts.committed)

        yield show
