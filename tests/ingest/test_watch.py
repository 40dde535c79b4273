"""`radalike watch` as a process of its own, with files that land while it runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from radalike.library import Library
from tests.ingest.command_line import LIGHT, finished, radalike, start, wait_for
from tests.ingest.files import write_dicom, write_png, write_pngs
from tests.ingest.runs import assert_sound, images_in

_AT_ONCE = {"part_seconds": 0.5}


def _watch(folder: Path, library: Path, *more: str | Path) -> subprocess.Popen[str]:
    arguments = ("watch", folder, "--library", library, "--settle", "0.6", "--json", *more)
    return start(*arguments, command=LIGHT, **_AT_ONCE)  # type: ignore[arg-type]


def _images(library: Path) -> int:
    # The key is written before the catalog is made, the description after the key.
    ready = (library / "catalog.sqlite").exists() and (library / "ingest.lock.holder").exists()
    return images_in(f"sqlite:///{library}/catalog.sqlite") if ready else 0


@pytest.mark.slow
def test_what_lands_is_ingested_and_a_slow_writer_is_waited_for(tmp_path: Path) -> None:
    folder, library, health = tmp_path / "in", tmp_path / "library", tmp_path / "health.json"
    folder.mkdir()
    whole = write_dicom(tmp_path / "whole.dcm", 1).read_bytes()
    process = _watch(folder, library, "--health", health)
    write_pngs(folder, 3)
    wait_for(lambda: _images(library) == 3, process)
    piece = len(whole) // 8 + 1
    with (folder / "slow.dcm").open("wb", buffering=0) as file:
        for at in range(0, len(whole), piece):
            file.write(whole[at : at + piece])
            time.sleep(0.25)  # in all, much longer than the time to settle
            assert _images(library) == 3
    write_png(folder / "later" / "deep" / "a.png", 77)
    wait_for(lambda: _images(library) == 5, process)
    wait_for(lambda: json.loads(health.read_text())["images_committed"] == 5, process)
    told = json.loads(health.read_text())
    assert (told["state"], told["last_error"], told["pid"]) == ("running", None, process.pid)
    assert str(tmp_path) not in health.read_text()
    process.send_signal(signal.SIGTERM)
    done = finished(process)
    assert done.code == 0, done
    assert (done.json["added"], done.json["rejected"], done.json["left"]) == (5, 0, 0)
    assert json.loads(health.read_text())["state"] == "stopped"
    with Library.open(library) as opened:
        assert_sound(opened)


@pytest.mark.slow
def test_a_kill_loses_nothing_and_a_restart_goes_on(tmp_path: Path) -> None:
    folder, library = tmp_path / "in", tmp_path / "library"
    write_pngs(folder, 40)
    process = _watch(folder, library)
    wait_for(lambda: _images(library) > 0, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    (library / "ingest.lock.holder").unlink(missing_ok=True)
    write_pngs(folder, 10, first_seed=40)
    process = _watch(folder, library)
    wait_for(lambda: _images(library) == 50, process)
    process.send_signal(signal.SIGINT)
    done = finished(process)
    assert done.code == 0, done
    assert done.json["added"] + done.json["known"] == 50
    with Library.open(library) as opened:
        assert_sound(opened)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_can_be_stopped_before_anything_has_come(tmp_path: Path, number: signal.Signals) -> None:
    folder, health = tmp_path / "in", tmp_path / "health.json"
    folder.mkdir()
    process = _watch(folder, tmp_path / "library", "--health", health)
    wait_for(health.exists, process)
    process.send_signal(number)
    done = finished(process)
    assert done.code == 0, done
    assert done.json["discovered"] == 0


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    health = tmp_path / "health.json"
    at = ("--library", tmp_path / "library", "--health", health, "--json")
    done = radalike("watch", tmp_path / "nothing", *at, command=LIGHT)
    assert (done.code, done.json["kind"]) == (2, "UsageError")
    told = json.loads(health.read_text())
    assert (told["state"], told["last_error"]) == ("failed", "UsageError")


def test_a_file_is_no_folder_to_watch(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").touch()
    at = ("--library", tmp_path / "library", "--json")
    done = radalike("watch", tmp_path / "a.dcm", *at, command=LIGHT)
    assert (done.code, done.json["kind"]) == (2, "UsageError")
    assert not (tmp_path / "library").exists()


def test_a_health_file_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    at = ("--library", tmp_path / "library", "--health", tmp_path / "none" / "h.json", "--json")
    done = radalike("watch", tmp_path / "in", *at, command=LIGHT)
    assert (done.code, done.json["kind"]) == (2, "UsageError")
