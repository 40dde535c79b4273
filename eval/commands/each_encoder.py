"""What commands that measure one encoder after another have in common."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

if TYPE_CHECKING:
    from eval.ranking import Progress
    from eval.saved_state import KeptWork
    from radalike.library import Library

Report = TypeVar("Report")


def measure_each(
    command: str,
    evaluate: Callable[[Library, str, Progress, KeptWork], Report],
    as_json: Callable[[Report], Mapping[str, Any]],
    *,
    library: Path | None,
    encoders: Sequence[str] | None,
    asked: Mapping[str, Any],
    doing: str,
    json: bool,
) -> list[Report]:
    """A report of each encoder (default: the library's own), stored as a run of `command`.

    doing: what the progress bar says. json: print the reports as JSON, one by itself or several in
    a list, and no bar.
    """
    from eval.runs import store_run
    from eval.saved_state import KeptWork
    from radalike.cli.output import print_json, progress_bar
    from radalike.cli.session import open_library

    reports, written = [], []
    with open_library(library) as opened, KeptWork(opened.layout.evaluation) as kept:
        for name in encoders or [opened.encoder_id]:
            started, before = time.monotonic(), kept.resumed
            with progress_bar(f"{doing} with {name}", shown=not json) as progress:
                report = evaluate(opened, name, progress, kept)
            written.append({**as_json(report), "resumed": kept.resumed - before})
            store_run(opened, command, asked, written[-1], started=started, encoder=name)
            reports.append(report)
    if json:
        print_json(written[0] if len(written) == 1 else {"encoders": written})
    else:
        print_resumed(kept)
    return reports


def print_resumed(kept: KeptWork) -> None:
    """For people: whether not all of it was done now."""
    if kept.remark:
        typer.echo(kept.remark)
