from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from radalike.settings import Settings, load_settings
from search_ui.jobs.job import Job
from search_ui.jobs.jobs import Jobs

LIGHT = (sys.executable, "-m", "tests.search_ui.jobs.light_child")


@pytest.fixture(autouse=True)
def _cheap_children(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap = {"BACKEND": "exact", "PRECISION": "float32", "WORKERS": "1", "PART_ROWS": "16"}
    for name, value in cheap.items():
        monkeypatch.setenv(f"RADALIKE_{name}", value)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))  # for `tests`


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(tmp_path: Path, exports: Path) -> Settings:
    return load_settings(library=tmp_path / "library", ingest_roots=str(exports))


@pytest.fixture
def jobs(settings: Settings) -> Iterator[Jobs]:
    with Jobs(settings, command=LIGHT) as jobs:
        yield jobs


@pytest.fixture
def wait(jobs: Jobs) -> Callable[..., Job]:
    """Wait until a job is as `like` says; by default, until it has finished."""

    def wait_for(job: Job, like: Callable[[Job], bool] = lambda job: job.state.finished) -> Job:
        ends = time.monotonic() + 60.0
        while not like(now := jobs.get(job.id)):
            assert time.monotonic() < ends, now
            time.sleep(0.02)
        return now

    return wait_for
