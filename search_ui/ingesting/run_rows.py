"""Ingests that have been made, and what they could not take, as rows of tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from radalike.library.ingesting.ingest_runs import IngestRun
from radalike.library.ingesting.reject_codes import meaning_of
from search_ui.times import at_title, duration_title

RUN_COLUMNS = (
    "Ingest",
    "Ended (UTC)",
    "From",
    "Data set",
    "Files",
    "= added",
    "+ known",
    "+ skipped",
    "+ rejected",
    "+ left",
    "Images",
    "Images/s",
    "Took",
    "Remarks",
)
RUN_NUMBERS = (*RUN_COLUMNS[:2], *RUN_COLUMNS[4:13])
"""Numbers and times: they stay on one line."""

REJECT_COLUMNS = ("Code", "Files now", "In the last ingest", "What it means", "What to do")
REJECT_NUMBERS = REJECT_COLUMNS[1:3]

_SOURCES = {
    "folder": "folder",
    "archive": "archive",
    "manifest": "manifest",
    "dicomweb": "DICOMweb server",
    "spool": "receiver",
    "watch": "watched folder",
}


def run_rows(runs: Iterable[IngestRun]) -> list[tuple[str, ...]]:
    """Under RUN_COLUMNS."""
    return [_run_row(run) for run in runs]


def _run_row(run: IngestRun) -> tuple[str, ...]:
    ended = (run.added, run.known, run.skipped, run.rejected, run.left)
    return (
        str(run.number),
        at_title(run.finished_at),
        ", ".join(_SOURCES.get(each, each) for each in run.sources),
        run.dataset or "",
        f"{run.discovered:,}",
        *(f"{count:,}" for count in ended),
        f"{run.images:,}",
        f"{run.images_per_second:,.1f}" if run.images else "",
        duration_title(run.seconds),
        "; ".join(_remarks(run, sum(ended))),
    )


def _remarks(run: IngestRun, ended: int) -> list[str]:
    """What somebody should know of a run; nothing of one that went as it should."""
    said = []
    if run.interrupted:
        said.append("interrupted: start it again, what is known is passed over")
    if run.index_problem:
        said.append(f"the index was not brought up to date: {run.index_problem}")
    if ended != run.discovered:
        said.append(f"the counts do not add up: {ended:,} of {run.discovered:,}")
    return said


def reject_rows(now: Mapping[str, int], last: Mapping[str, int]) -> list[tuple[str, ...]]:
    """Under REJECT_COLUMNS, by code: how many files wait outside `now`, and how many the `last`
    ingest rejected."""
    rows = []
    for code in dict.fromkeys((*now, *last)):
        said = meaning_of(code)
        counts = (f"{each.get(code, 0):,}" for each in (now, last))
        rows.append((code, *counts, said.meaning, said.way_out))
    return rows
