"""kill -9 on a real ingest, again and again: nothing is lost, nothing is there twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from radalike.library import Library
from tests.ingest.command_line import Command, finished, radalike, start, wait_for
from tests.ingest.files import write_pngs
from tests.ingest.runs import assert_sound, images_in

_IMAGES = 200
_SMALL_PARTS = {"part_rows": 16, "part_seconds": 1}
_KILLS = 20
_GROWTH = 10


def _committed(library: Path) -> int:
    return images_in(f"sqlite:///{library}/catalog.sqlite")


def _parts_on_disk(library: Path) -> set[str]:
    return {path.name for path in library.glob("embeddings/*/part-*")}


def _staging(library: Path) -> bool:
    """Whether a generation of the index is being built."""
    current = {path.read_text().strip() for path in library.glob("index/*/CURRENT")}
    return any(path.name not in current for path in library.glob("index/*/gen-??????"))


def _kill(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def _assert_sound(library: Path) -> int:
    """The library reopens and agrees with itself; how many images it has."""
    with Library.open(library) as opened:
        assert_sound(opened)
        ids = [image for image, _ in opened.catalog.metadata()]
    return len(ids)


def _assert_complete(export: Path, library: Path, images: int, command: Command) -> None:
    """A run to the end leaves exactly all images, and nothing that nobody owns."""
    report = radalike("ingest", export, "--library", library, "--json", command=command).json
    assert report["known"] + report["added"] == images
    assert report["indexed"] == images
    assert _assert_sound(library) == images
    with Library.open(library) as opened:
        committed = {part.name for part in opened.catalog.parts()}
    assert _parts_on_disk(library) == committed
    assert not list(library.rglob("*.tmp"))
    check = radalike("index", "check", "--library", library, "--json", command=command)
    assert (check.code, check.json["ok"], check.json["findings"]) == (0, True, [])


def test_a_kill_at_each_stage_loses_nothing_and_repeats_nothing(
    tmp_path: Path, command: Command
) -> None:
    export, library = tmp_path / "export", tmp_path / "library"
    write_pngs(export, _IMAGES)
    seen_before = 0

    def lock_is_taken() -> bool:
        return (library / "ingest.lock.holder").exists()

    def part_is_written() -> bool:
        return any(name.endswith(".tmp") for name in _parts_on_disk(library)) or (
            len(_parts_on_disk(library)) > seen_before
        )

    def images_are_committed() -> bool:
        return _committed(library) > seen_before

    stages: list[tuple[Callable[[], bool], Callable[[], int]]] = [
        (lock_is_taken, lambda: 0),
        (part_is_written, lambda: len(_parts_on_disk(library))),
        (images_are_committed, lambda: _committed(library)),
        (lambda: _staging(library), lambda: 0),  # while the index is filled
        (lambda: _staging(library) and _committed(library) == _IMAGES, lambda: 0),
    ]
    kept = 0
    for happened, measure in stages:
        seen_before = measure() if kept or library.exists() else 0
        (library / "ingest.lock.holder").unlink(missing_ok=True)  # the killed process's own
        process = start("ingest", export, "--library", library, command=command, **_SMALL_PARTS)
        wait_for(lock_is_taken, process)
        wait_for(happened, process)
        _kill(process)
        images = _assert_sound(library)
        assert kept <= images <= _IMAGES
        kept = images
    assert kept == _IMAGES  # the last was killed while it finished the index
    _assert_complete(export, library, _IMAGES, command)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_kills_at_random_moments_lose_nothing_and_repeat_nothing(
    tmp_path: Path, command: Command
) -> None:
    export, library = tmp_path / "export", tmp_path / "library"
    write_pngs(export, _IMAGES)
    moments = random.Random(20)
    kept, killed, images_there = 0, 0, _IMAGES
    while killed < _KILLS:
        (library / "ingest.lock.holder").unlink(missing_ok=True)
        process = start("ingest", export, "--library", library, command=command, **_SMALL_PARTS)
        wait_for((library / "ingest.lock.holder").exists, process)
        time.sleep(moments.uniform(0.0, 1.5))
        if process.poll() is None:
            killed += 1
            _kill(process)
        else:
            assert finished(process).code == 0
        images = _assert_sound(library)
        assert images >= kept
        kept = images
        check = radalike("index", "check", "--library", library, command=command)
        assert check.code == 0, check.out
        write_pngs(export, _GROWTH, first_seed=images_there)
        images_there += _GROWTH
    _assert_complete(export, library, images_there, command)
