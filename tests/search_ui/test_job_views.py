"""Jobs in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from search_ui.job_views import ACTION_OF, AUDITED_AS, active, finished_rows, outcome, progress_text
from search_ui.jobs.job import Job, JobKind, JobProgress, JobState

JOB = Job(
    id="a1",
    kind=JobKind.INGEST,
    about="a folder below exports",
    who="ada",
    started_at=datetime(2026, 11, 22, 14, 0, tzinfo=UTC),
    state=JobState.RUNNING,
    cancelling=False,
    progress=None,
    seconds=10.0,
    result=None,
    message="",
    hint="",
)
REPORT = {
    "discovered": 12, "added": 5, "known": 4, "skipped": 1, "rejected": 2, "left": 0, "images": 9,
}  # fmt: skip
DONE = "12 files = 5 added, 4 known, 1 skipped, 2 rejected, 0 left. 9 images."


def test_every_kind_is_allowed_and_audited_as_something() -> None:
    assert set(ACTION_OF) == set(AUDITED_AS) == set(JobKind)


def test_those_that_run_begin_with_the_first_that_was_started() -> None:
    queued = replace(JOB, id="b2", state=JobState.QUEUED)
    other = replace(JOB, id="c3", kind=JobKind.EVALUATION)
    done = replace(JOB, id="d4", state=JobState.DONE, result=REPORT)
    first, second = active((done, other, queued, JOB), JobKind.INGEST)
    assert (first.id, first.title) == ("a1", "Ingest: a folder below exports")
    assert first.said == "Started by ada. It is starting."
    assert (first.share, first.cancelling) == (None, False)
    assert second.said == "Started by ada. It waits for its turn."


@pytest.mark.parametrize(
    ("progress", "share", "text"),
    [
        (
            JobProgress("files", 450, 600, {"listed": 600, "images": 118, "committed": 64}),
            0.75,
            "450 of 600 files, 45 files a second, 118 images encoded, 64 committed",
        ),
        (
            JobProgress("files", 0, None, {"listed": 1200, "images": 0, "committed": 0}),
            None,
            "0 of 1,200 files listed so far, 0 images encoded, 0 committed",
        ),
        (JobProgress("indexing", 30, 60), 0.5, "indexing: 30 of 60"),
        (JobProgress("indexing", 0, None), None, "indexing: 0"),
        (JobProgress("indexing", 70, 60), 1.0, "indexing: 70 of 60"),
    ],
)
def test_progress(progress: JobProgress, share: float | None, text: str) -> None:
    assert progress_text(progress, 10.0) == text
    (view,) = active([replace(JOB, progress=progress)], JobKind.INGEST)
    assert view.share == share
    assert text[1:] in view.said


def test_one_that_is_told_to_end_says_so() -> None:
    (view,) = active([replace(JOB, cancelling=True)], JobKind.INGEST)
    assert view.cancelling
    assert "ending" in view.said


@pytest.mark.parametrize(
    ("job", "said"),
    [
        (
            replace(JOB, state=JobState.DONE, result=REPORT),
            DONE,
        ),
        (replace(JOB, state=JobState.DONE), "Done."),
        (
            replace(JOB, state=JobState.CANCELLED, result=REPORT),
            f"Cancelled. What had been committed stays: {DONE}",
        ),
        (replace(JOB, state=JobState.CANCELLED), "Cancelled."),
        (
            replace(JOB, state=JobState.FAILED, message="it is busy", hint="wait for it."),
            "It is busy. Wait for it.",
        ),
        (
            replace(
                JOB,
                kind=JobKind.INDEX_BUILD,
                state=JobState.DONE,
                result={"backend": "edge", "points": 1, "added": 1, "parts": 1},
            ),
            "The index holds 1 vector, 1 newly written.",
        ),
        (
            replace(JOB, kind=JobKind.EVALUATION, state=JobState.DONE, result={"P@1": 0.5}),
            "Done.",
        ),
    ],
)
def test_what_came_of_it(job: Job, said: str) -> None:
    assert outcome(job) == said


def test_rows_of_the_last_ten() -> None:
    jobs = [replace(JOB, id=str(number), state=JobState.CANCELLED) for number in range(30)]
    rows = finished_rows(jobs, JobKind.INGEST)
    assert len(rows) == 10
    assert rows[0] == (
        "Ingest: a folder below exports", "ada", "2026-11-22 14:00:00", "10 s", "Cancelled.",
    )  # fmt: skip
    assert finished_rows(jobs, JobKind.EVALUATION) == []
