"""The folders of runs that fetch: gone with the run, or swept after a kill."""

from __future__ import annotations

from pathlib import Path

from radalike.library import Library
from radalike.library.ingesting.run_folders import RunFolder, sweep_run_folders
from tests.ingest.files import write_pngs
from tests.ingest.runs import ingest_folder


def _left_by_a_kill(parent: Path) -> Path:
    left = parent / "0123456789abcdef"
    left.mkdir(parents=True)
    (left / "tmp1").write_bytes(b"a patient")
    left.with_suffix(".lock").touch()
    return left


def test_it_goes_with_the_object(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "fetched")
    (folder.path / "file").write_bytes(b"a patient")
    assert folder.path.stat().st_mode & 0o777 == 0o700
    del folder
    assert list((tmp_path / "fetched").iterdir()) == []


def test_what_a_killed_run_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    left, running = _left_by_a_kill(tmp_path), RunFolder(tmp_path)
    sweep_run_folders(tmp_path)
    assert not left.exists()
    assert running.path.is_dir()
    sweep_run_folders(tmp_path / "none")


def test_any_ingest_sweeps(library: Library, tmp_path: Path) -> None:
    left = _left_by_a_kill(library.layout.fetched)
    write_pngs(tmp_path / "export", 1)
    ingest_folder(library, tmp_path / "export")
    assert list(left.parent.iterdir()) == []
