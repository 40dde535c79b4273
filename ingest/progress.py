"""The progress display of an ingest: a bar a stage, with its rate, and the time left."""

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


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s")


@contextmanager
def progress_display() -> Iterator[Callable[[Counts], None]]:
    """A function that shows counts; silent when standard error is no terminal."""
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
