"""Jobs as they are shown: what they do, how far they are, and what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from radalike.access import Action
from radalike.library.audit.audit import AuditAction
from search_ui.jobs.job import Job, JobKind, JobProgress, JobState
from search_ui.times import at_title, duration_title, rate_title
from search_ui.words import count_title

ACTION_OF: Mapping[JobKind, Action] = {
    JobKind.INGEST: Action.INGEST,
    JobKind.EVALUATION: Action.EVALUATE,
    JobKind.INDEX_BUILD: Action.BUILD_INDEX,
}
"""What somebody must be allowed to do who starts or cancels a job of a kind."""

AUDITED_AS: Mapping[JobKind, AuditAction] = {
    JobKind.INGEST: AuditAction.INGEST,
    JobKind.EVALUATION: AuditAction.EVALUATE,
    JobKind.INDEX_BUILD: AuditAction.BUILD_INDEX,
}
JOB_COLUMNS = ("Job", "Started by", "Started (UTC)", "Ran", "What came of it")
JOB_NUMBERS = JOB_COLUMNS[2:4]
_FINISHED_SHOWN = 10


@dataclass(frozen=True, slots=True)
class JobView:
    """One that is queued or running. share: how far it is, from 0 to 1; None: not known. said:
    what it does just now."""

    id: str
    title: str
    said: str
    share: float | None
    cancelling: bool


def active(jobs: Iterable[Job], kind: JobKind) -> list[JobView]:
    """Those of a kind that have not finished, the first that was started first."""
    found = [job for job in jobs if job.kind is kind and not job.state.finished]
    return [_view(job) for job in reversed(found)]


def finished_rows(jobs: Iterable[Job], kind: JobKind) -> list[tuple[str, ...]]:
    """Those that have, under JOB_COLUMNS, the newest first."""
    found = [job for job in jobs if job.kind is kind and job.state.finished]
    return [
        (title(job), job.who, at_title(job.started_at), duration_title(job.seconds), outcome(job))
        for job in found[:_FINISHED_SHOWN]
    ]


def title(job: Job) -> str:
    """`Ingest: a folder below exports`."""
    return f"{job.kind.capitalize()}: {job.about}"


def outcome(job: Job) -> str:
    """What came of a job that has finished, in words."""
    if job.state is JobState.FAILED:
        return ". ".join(_begun(each).rstrip(".") for each in (job.message, job.hint) if each) + "."
    result = job.result if isinstance(job.result, Mapping) else {}
    said = _RESULTS[job.kind](result) if result else ""
    if job.state is JobState.CANCELLED:
        return f"Cancelled. What had been committed stays: {said}" if said else "Cancelled."
    return said or "Done."


def _view(job: Job) -> JobView:
    share = None
    if job.progress is not None and job.progress.total:
        share = min(1.0, job.progress.done / job.progress.total)
    started = f"Started by {job.who}"
    return JobView(job.id, title(job), f"{started}. {_begun(_doing(job))}.", share, job.cancelling)


def _doing(job: Job) -> str:
    if job.state is JobState.QUEUED:
        return "it waits for its turn"
    if job.cancelling:
        return "it is ending, and commits what is done"
    if job.progress is None:
        return "it is starting"
    return progress_text(job.progress, job.seconds)


def progress_text(progress: JobProgress, seconds: float) -> str:
    """`120 of 600 files, 45 files a second, 118 images encoded, 64 committed`."""
    counts, done, unit = progress.counts, progress.done, progress.label
    if "listed" not in counts:
        return f"{unit}: {done:,}" + (f" of {progress.total:,}" if progress.total else "")
    far = f"{done:,} of {counts['listed']:,} {unit} listed so far"
    if progress.total is not None:
        far = f"{done:,} of {progress.total:,} {unit}"
    said = [
        far,
        rate_title(done, seconds, unit) if done else "",
        f"{count_title(counts.get('images', 0), 'image')} encoded",
        f"{counts.get('committed', 0):,} committed",
    ]
    return ", ".join(filter(None, said))


def _ingested(result: Mapping[str, Any]) -> str:
    files = ", ".join(
        f"{result.get(name, 0):,} {name}"
        for name in ("added", "known", "skipped", "rejected", "left")
    )
    discovered = count_title(int(result.get("discovered", 0)), "file")
    return f"{discovered} = {files}. {count_title(int(result.get('images', 0)), 'image')}."


def _built(result: Mapping[str, Any]) -> str:
    points, added = int(result.get("points", 0)), int(result.get("added", 0))
    return f"The index holds {count_title(points, 'vector')}, {added:,} newly written."


def _evaluated(_: Mapping[str, Any]) -> str:
    return "Done."


_RESULTS = {
    JobKind.INGEST: _ingested,
    JobKind.EVALUATION: _evaluated,
    JobKind.INDEX_BUILD: _built,
}


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
