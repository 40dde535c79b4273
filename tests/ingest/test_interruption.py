"""Ctrl-C on a real ingest: what was encoded is committed, and the next run goes on."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest

from radalike.library import Library
from tests.ingest.command_line import Command, finished, radalike, start, wait_for
from tests.ingest.files import write_pngs
from tests.ingest.runs import assert_sound, images_in

_IMAGES = 240
_SMALL_PARTS = {"part_rows": 16, "part_seconds": 1}


def _committed(library: Path) -> int:
    return images_in(f"sqlite:///{library}/catalog.sqlite") if (library / "key").exists() else 0


def _interrupted(number: signal.Signals, tmp_path: Path, command: Command) -> None:
    export, library = tmp_path / "export", tmp_path / "library"
    write_pngs(export, _IMAGES)
    process = start("ingest", export, "--library", library, command=command, **_SMALL_PARTS)
    wait_for((library / "ingest.lock.holder").exists, process)
    wait_for(lambda: _committed(library) > 0, process)
    os.killpg(process.pid, number)  # as a terminal does: to the decoding processes as well
    done = finished(process)

    assert done.code == 130, done.err
    assert "Traceback" not in done.err
    assert "Finishing the part; press Ctrl-C again to stop at once." in done.err
    assert "run the same command again and it goes on from here" in done.out
    added = int(re.search(r"files: (\d+) added", done.out).group(1))  # type: ignore[union-attr]
    assert 0 < added < _IMAGES
    assert _committed(library) == added
    with Library.open(library) as opened:
        assert_sound(opened)

    report = radalike("ingest", export, "--library", library, "--json", command=command).json
    assert (report["known"], report["added"]) == (added, _IMAGES - added)
    assert report["encoded"] == report["images"] == _IMAGES - added
    assert report["indexed"] == _IMAGES
    with Library.open(library) as opened:
        assert_sound(opened)


def test_ctrl_c_commits_what_was_encoded(tmp_path: Path, command: Command) -> None:
    _interrupted(signal.SIGINT, tmp_path, command)


@pytest.mark.slow
def test_a_service_s_term_is_the_same(tmp_path: Path, command: Command) -> None:
    _interrupted(signal.SIGTERM, tmp_path, command)


@pytest.mark.slow
def test_a_terminal_that_is_closed_is_the_same(tmp_path: Path, command: Command) -> None:
    _interrupted(signal.SIGHUP, tmp_path, command)


def test_a_second_ctrl_c_ends_at_once(tmp_path: Path, command: Command) -> None:
    export, library = tmp_path / "export", tmp_path / "library"
    write_pngs(export, _IMAGES)
    process = start("ingest", export, "--library", library, command=command, part_rows=4096)
    wait_for((library / "ingest.lock.holder").exists, process)
    os.killpg(process.pid, signal.SIGINT)
    os.killpg(process.pid, signal.SIGINT)
    done = finished(process)
    assert done.code == 130
    assert "Traceback" not in done.err
    with Library.open(library) as opened:
        assert_sound(opened)


def test_ctrl_c_before_the_first_image_is_no_error(tmp_path: Path, command: Command) -> None:
    export, library = tmp_path / "export", tmp_path / "library"
    write_pngs(export, 20)
    process = start("ingest", export, "--library", library, command=command)
    wait_for((library / "catalog.sqlite").exists, process)  # the model is loaded after it
    os.killpg(process.pid, signal.SIGINT)
    done = finished(process)
    assert done.code == 130
    assert "Traceback" not in done.err
    report = radalike("ingest", export, "--library", library, "--json", command=command).json
    assert report["added"] == 20


def test_a_second_process_is_told_who_writes(tmp_path: Path, command: Command) -> None:
    export, library = tmp_path / "export", tmp_path / "library"
    write_pngs(export, _IMAGES)
    first = start("ingest", export, "--library", library, "--json", command=command, **_SMALL_PARTS)
    wait_for((library / "ingest.lock.holder").exists, first)
    first.send_signal(signal.SIGSTOP)
    try:
        second = radalike("ingest", export, "--library", library, command=command)
        status = radalike("status", "--library", library, "--json", command=command)
    finally:
        first.send_signal(signal.SIGCONT)
    assert second.code == 3
    assert f"process {first.pid} on " in second.err
    assert "ingest" in second.err
    assert str(export) not in second.err
    assert status.code == 0
    done = finished(first)
    assert done.code == 0
    assert done.json["added"] == _IMAGES
