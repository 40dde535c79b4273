"""What is kept of an ingest, for those who ask later."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from ingest.pipeline import ingest
from ingest.runs import store_ingest
from ingest.sources.folder import FolderSource
from ingest.watch import watch
from radalike.catalog.runs import INGEST, stored_runs
from radalike.library import Library
from radalike.library.ingesting.ingest_runs import ingest_runs
from tests.ingest.conftest import OpenLibrary
from tests.ingest.files import write_png, write_pngs


def test_an_ingest_comes_back_as_it_was_reported(library: Library, tmp_path: Path) -> None:
    write_pngs(tmp_path / "in", 3)
    (tmp_path / "in" / "bad.png").write_text("no picture")
    source = FolderSource(tmp_path / "in", "ward")
    report = ingest(library, [source])
    store_ingest(library, report, [source.name], dataset="ward", device=None)
    (run,) = ingest_runs(library)
    assert (run.sources, run.dataset, run.encoder) == (("folder",), "ward", library.encoder_id)
    assert (run.discovered, run.added, run.rejected, run.left) == (4, 3, 1, 0)
    assert run.discovered == run.added + run.known + run.skipped + run.rejected + run.left
    assert run.rejects == {"NotAnImage": 1}
    assert run.images_per_second == round(3 / report.seconds, 2)
    assert not run.interrupted


def test_evaluations_and_ingests_are_listed_apart(library: Library, tmp_path: Path) -> None:
    report = ingest(library, [FolderSource(write_png(tmp_path / "a.png", 1), "ward")])
    numbers = [store_ingest(library, report, ["folder"]) for _ in range(3)]
    assert stored_runs(library.catalog.engine) == []
    assert [run.number for run in ingest_runs(library)] == numbers[::-1]
    assert [run.number for run in ingest_runs(library, 1)] == numbers[2:]
    assert {run.command for run in stored_runs(library.catalog.engine, INGEST)} == {"ingest"}


def test_a_watched_folder_s_batches_are_kept_one_by_one(
    open_library: OpenLibrary, tmp_path: Path
) -> None:
    library = open_library(part_seconds=0.5)
    write_pngs(tmp_path / "MUELLER", 3)
    stop = Event()
    watching = Thread(
        target=lambda: watch(library, tmp_path / "MUELLER", "ward", settle=0.1, stop=stop)
    )
    watching.start()
    try:
        _within(lambda: len(ingest_runs(library)) == 1)
        write_png(tmp_path / "MUELLER" / "later.png", 7)
        (tmp_path / "MUELLER" / "bad.png").write_text("no picture")
        _within(lambda: sum(run.discovered for run in ingest_runs(library)) == 5)
    finally:
        stop.set()
        watching.join()
    runs = ingest_runs(library)
    assert {run.sources for run in runs} == {("watch",)}
    assert (sum(run.added for run in runs), sum(run.rejected for run in runs)) == (4, 1)
    assert sum(run.images for run in runs) == 4
    assert not any(run.interrupted for run in runs)
    kept = stored_runs(library.catalog.engine, INGEST)
    assert "MUELLER" not in str([(run.asked, run.found) for run in kept])


def test_what_brings_nothing_new_is_no_batch(open_library: OpenLibrary, tmp_path: Path) -> None:
    library = open_library()
    source = FolderSource(write_png(tmp_path / "a.png", 1), "ward")
    batches: list[int] = []
    for _ in range(2):
        ingest(library, [source], on_batch=lambda batch: batches.append(batch.added))
    assert batches == [1]


def _within(happened: Callable[[], object]) -> None:
    ends = time.monotonic() + 30.0
    while not happened():
        assert time.monotonic() < ends
        time.sleep(0.05)
