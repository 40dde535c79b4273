"""Ingests that have been made, as people and programs read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from radalike.catalog.runs import INGEST, Run, stored_runs

if TYPE_CHECKING:
    from radalike.library.library import Library


@dataclass(frozen=True, slots=True)
class IngestRun:
    """One ingest, or what a receiver or a watched folder brought until it was quiet again.

    sources: what kinds they were of (folder, archive, manifest, dicomweb, spool, watch), never
    which. discovered = added + known + skipped + rejected + left, in files. rejects: by code.
    index_problem: why the index could not be brought up to date, None where it was.
    """

    number: int
    finished_at: datetime
    seconds: float
    encoder: str
    sources: tuple[str, ...]
    dataset: str | None
    discovered: int
    added: int
    known: int
    skipped: int
    rejected: int
    left: int
    images: int
    images_per_second: float
    interrupted: bool
    index_problem: str | None
    rejects: Mapping[str, int]


def ingest_runs(library: Library, limit: int | None = None) -> list[IngestRun]:
    """The newest first."""
    return [_ingest_run(run) for run in stored_runs(library.catalog.engine, INGEST, limit)]


def _ingest_run(run: Run) -> IngestRun:
    asked, found = run.asked, run.found
    return IngestRun(
        number=run.number,
        finished_at=run.finished_at,
        seconds=run.seconds,
        encoder=run.encoder,
        sources=tuple(asked["sources"]),
        dataset=asked.get("dataset"),
        discovered=found["discovered"],
        added=found["added"],
        known=found["known"],
        skipped=found["skipped"],
        rejected=found["rejected"],
        left=found["left"],
        images=found["images"],
        images_per_second=round(found["images"] / run.seconds, 2) if run.seconds else 0.0,
        interrupted=found["interrupted"],
        index_problem=found["index_problem"],
        rejects=found["rejects"],
    )
