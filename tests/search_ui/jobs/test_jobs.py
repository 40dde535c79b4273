"""Jobs as the page starts them: real processes over a real library."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from radalike.errors import UsageError
from radalike.library import Library
from radalike.library.ingesting.ingest_runs import ingest_runs
from radalike.library.write_lock import write_lock
from radalike.settings import Settings, load_settings
from search_ui.jobs.job import Job, JobKind, JobState
from search_ui.jobs.jobs import Jobs
from search_ui.jobs.requests import Request
from tests.ingest.files import write_png, write_pngs
from tests.search_ui.jobs.conftest import LIGHT

Wait = Callable[..., Job]


def a_sleep(seconds: float = 60.0, kind: JobKind = JobKind.EVALUATION) -> Request:
    return Request(kind, "a sleep", ("-c", f"import time; time.sleep({seconds})"))


@pytest.fixture
def sleepers(settings: Settings) -> Jobs:
    """Whose requests are Python's own arguments."""
    return Jobs(settings, command=LIGHT[:1])


def test_a_folder_is_ingested(jobs: Jobs, wait: Wait, exports: Path, settings: Settings) -> None:
    write_pngs(exports / "MUELLER^HANS", 5)
    (exports / "MUELLER^HANS" / "SCHMIDT.png").write_text("no picture")
    started = jobs.start_ingest("exports", "MUELLER^HANS", "ada", dataset="ward")
    assert (started.kind, started.state, started.who) == (JobKind.INGEST, JobState.RUNNING, "ada")
    done = wait(started)
    assert done.state is JobState.DONE, done
    assert (done.result["added"], done.result["rejected"]) == (5, 1)
    assert done.progress is not None
    assert (done.progress.label, done.progress.done, done.progress.total) == ("files", 6, 6)
    assert done.progress.counts["committed"] == 5
    assert done.seconds > 0
    assert jobs.list() == (done,)
    assert not any(name in str(jobs.list()) for name in ("MUELLER", "SCHMIDT", str(exports)))
    with Library.open(settings=settings) as library:
        (run,) = ingest_runs(library)
    assert (run.sources, run.dataset, run.added) == (("folder",), "ward", 5)


def test_an_ingest_that_is_cancelled_keeps_what_it_committed(
    jobs: Jobs, wait: Wait, exports: Path, settings: Settings
) -> None:
    write_pngs(exports / "many", 600)
    job = jobs.start_ingest("exports", "many", "ada")
    wait(job, lambda now: now.progress is not None and now.progress.counts.get("committed", 0) > 0)
    assert jobs.cancel(job.id).cancelling
    done = wait(job)
    assert (done.state, done.cancelling) == (JobState.CANCELLED, False)
    assert done.result["interrupted"]
    assert 0 < done.result["added"] < 600
    with Library.open(settings=settings) as library:
        assert library.catalog.totals()["images"] == done.result["images"]


def test_a_library_that_is_written_to_says_who_holds_it(
    jobs: Jobs, wait: Wait, exports: Path, settings: Settings
) -> None:
    write_png(exports / "MUELLER" / "a.png", 1)
    with (
        Library.open(settings.library, create=True, settings=settings) as library,
        write_lock(library.layout, way_out="wait"),
    ):
        busy = wait(jobs.start_ingest("exports", "MUELLER", "ada"))
    assert busy.state is JobState.FAILED
    assert "another process is writing to this library" in busy.message
    assert "wait" in busy.hint
    assert "MUELLER" not in str(busy)


def test_an_evaluation_of_a_real_library(library_folder: Path, tmp_path: Path, wait: Wait) -> None:
    own = shutil.copytree(library_folder, tmp_path / "library")
    with Jobs(load_settings(library=own)) as jobs:
        options = {"index": "all", "queries": ["all"], "draws": 10}
        started = jobs.start_evaluation("retrieval", "ada", options=options)
        unknown = jobs.start_evaluation(
            "retrieval", "ada", encoder="efficientnet-lite1", options=options
        )
        for thread in [entry.thread for entry in jobs._entries.values() if entry.thread]:
            thread.join(120)
        done, failed = jobs.get(started.id), jobs.get(unknown.id)
    assert done.state is JobState.DONE, done
    assert done.result
    assert failed.state is JobState.FAILED
    assert "efficientnet-lite1" in failed.message
    assert failed.hint


def test_two_run_and_one_ingest_and_the_others_wait(sleepers: Jobs) -> None:
    with sleepers:
        asked = [
            sleepers.start(a_sleep(kind=kind), "ada").id
            for kind in (
                JobKind.INGEST,
                JobKind.INGEST,
                JobKind.EVALUATION,
                JobKind.EVALUATION,
            )
        ]
        assert _states(sleepers, asked) == ["running", "queued", "running", "queued"]
        sleepers.cancel(asked[3])
        assert _states(sleepers, asked) == ["running", "queued", "running", "cancelled"]
        sleepers.cancel(asked[0])
        _joined(sleepers, asked[0])
        assert _states(sleepers, asked) == ["cancelled", "running", "running", "cancelled"]
    assert _states(sleepers, asked) == ["cancelled"] * 4
    with pytest.raises(UsageError, match="stopping"):
        sleepers.start(a_sleep(), "ada")


def test_a_job_that_will_not_end_is_killed(sleepers: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search_ui.jobs.jobs.GRACE_SECONDS", 0.5)
    program = (
        "import signal, sys, time; signal.signal(signal.SIGINT, signal.SIG_IGN);"
        'print(\'{"progress": {"label": "deaf", "done": 0, "total": 1}}\', file=sys.stderr);'
        "time.sleep(60)"
    )
    with sleepers:
        job = sleepers.start(Request(JobKind.EVALUATION, "deaf", ("-u", "-c", program)), "ada")
        while sleepers.get(job.id).progress is None:
            assert not sleepers.get(job.id).state.finished
        sleepers.cancel(job.id)
        sleepers.cancel(job.id)
        _joined(sleepers, job.id)
        assert sleepers.get(job.id).state is JobState.CANCELLED


def test_only_so_many_are_queued_and_only_so_many_are_kept(sleepers: Jobs) -> None:
    with sleepers:
        asked = [sleepers.start(a_sleep(), "ada").id for _ in range(22)]
        with pytest.raises(UsageError, match="queued already"):
            sleepers.start(a_sleep(), "ada")
        for _ in range(3):
            for job in asked[2:]:
                sleepers.cancel(job)
            asked[2:] = [sleepers.start(a_sleep(), "ada").id for _ in range(20)]
        assert len(sleepers.list()) == 50 + 22
        assert sleepers.list()[0].id == asked[-1]
    with pytest.raises(UsageError, match="no such job"):
        sleepers.get("0")


def test_a_process_that_cannot_be_started_is_said(settings: Settings) -> None:
    with Jobs(settings, command=("/nothing/here",)) as jobs:
        job = jobs.start_index_build("ada")
    assert job.state is JobState.FAILED
    assert "No such file" in job.message


def _states(jobs: Jobs, asked: list[str]) -> list[str]:
    return [str(jobs.get(job).state) for job in asked]


def _joined(jobs: Jobs, job: str) -> None:
    thread = jobs._entries[job].thread
    assert thread is not None
    thread.join(30)
