"""The index is built in the background of a long ingest, and never holds it up."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest import indexing
from ingest.indexing import IndexKeeper
from radalike.errors import IndexFault
from radalike.library import Library
from radalike.library.indexing.build_process import BuildProcess
from tests.ingest.conftest import OpenLibrary
from tests.ingest.files import write_pngs
from tests.ingest.runs import assert_sound, ingest_folder


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[Any]]]:
    """The processes that build an index in the background, which they do for ten images."""
    processes: list[subprocess.Popen[Any]] = []

    class Noted(BuildProcess):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            processes.append(self._process)

    monkeypatch.setattr(indexing, "_LEAST_PENDING", 10)
    monkeypatch.setattr(indexing, "BuildProcess", Noted)
    yield processes
    assert all(process.poll() is not None for process in processes), "left behind"


@pytest.fixture
def library(open_library: OpenLibrary) -> Library:
    return open_library(backend="edge", part_rows=10)


def test_a_long_ingest_builds_as_it_goes_and_ends_complete(
    library: Library, tmp_path: Path, started: list[subprocess.Popen[Any]]
) -> None:
    write_pngs(tmp_path / "export", 200)
    report = ingest_folder(library, tmp_path / "export")
    assert started
    assert (report.added, report.indexed) == (200, 200)
    assert_sound(library)


def test_a_build_that_dies_in_the_background_does_not_end_the_ingest(
    library: Library,
    tmp_path: Path,
    started: list[subprocess.Popen[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As when the machine runs out of memory: the next build makes good for it."""

    def killed(keeper: IndexKeeper, parts: int, consider: Any = IndexKeeper.consider) -> None:
        before = len(started)
        consider(keeper, parts)
        if before == 0 and len(started) == 1:
            started[0].send_signal(signal.SIGKILL)
            started[0].wait()

    monkeypatch.setattr(IndexKeeper, "consider", killed)
    write_pngs(tmp_path / "export", 200)
    report = ingest_folder(library, tmp_path / "export")
    assert (report.added, report.indexed) == (200, 200)
    assert_sound(library)


def test_an_ingest_that_fails_leaves_no_build_behind(
    library: Library, tmp_path: Path, started: list[subprocess.Popen[Any]]
) -> None:
    write_pngs(tmp_path / "export", 200)

    def fail_once_it_builds(_progress: object) -> None:
        if started:
            raise RuntimeError("as any failure")

    with pytest.raises(RuntimeError, match="as any failure"):
        ingest_folder(library, tmp_path / "export", progress=fail_once_it_builds)
    assert len(started) == 1
    assert ingest_folder(library, tmp_path / "export").indexed == 200
    assert_sound(library)


def test_a_build_that_died_says_so(library: Library, tmp_path: Path) -> None:
    write_pngs(tmp_path / "export", 1)
    ingest_folder(library, tmp_path / "export")
    build = BuildProcess()
    build.build(library.layout.root, library.fingerprint, library.catalog_url)
    build._process.send_signal(signal.SIGKILL)
    with pytest.raises(IndexFault, match="died") as caught:
        build.wait()
    assert "radalike index build" in caught.value.hint
