"""Locks name their holder, and die with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest

from radalike.locks import Lock, LockHeld

HOLD = """
import sys
from pathlib import Path
from radalike.locks import Lock
lock = Lock.acquire(Path(sys.stdin.readline().strip()))
print("held", flush=True)
sys.stdin.readline()
lock.release()
"""


@contextmanager
def holder(path: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock on `path`, and was started with `arguments`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(f"{path}\n")
        process.stdin.flush()
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def test_the_holder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "it.lock"
    with holder(path, "ingest") as process, pytest.raises(LockHeld) as caught:
        Lock.acquire(path)
    assert f"process {process.pid} on " in caught.value.holder
    assert caught.value.holder.endswith("ingest")


def test_the_holder_s_paths_are_not_named(tmp_path: Path) -> None:
    path = tmp_path / "it.lock"
    with holder(path, "/exports/Jane Doe", "Jane Doe") as process, pytest.raises(LockHeld) as held:
        Lock.acquire(path)
    assert str(process.pid) in held.value.holder
    assert "Jane" not in held.value.holder


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "it.lock"
    with holder(path) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        lock = Lock.acquire(path)
        with pytest.raises(LockHeld) as caught:
            Lock.acquire(path)
        assert f"process {os.getpid()} " in caught.value.holder
        lock.release()


def test_it_is_free_after_release(tmp_path: Path) -> None:
    path = tmp_path / "it.lock"
    for _ in range(3):
        lock = Lock.acquire(path)
        with pytest.raises(LockHeld):
            Lock.acquire(path)
        lock.release()
    assert not list(tmp_path.glob("*.holder"))


def test_it_is_waited_for_as_long_as_is_said(tmp_path: Path) -> None:
    path = tmp_path / "it.lock"
    with holder(path) as process:
        with pytest.raises(LockHeld):
            Lock.acquire(path, wait=0.1)
        Timer(0.3, process.kill).start()
        Lock.acquire(path, wait=60).release()


def test_a_holder_without_a_note(tmp_path: Path) -> None:
    path = tmp_path / "it.lock"
    lock = Lock.acquire(path)
    path.with_name("it.lock.holder").unlink()
    with pytest.raises(LockHeld, match="just starting"):
        Lock.acquire(path)
    lock.release()


def test_other_locks_are_other_locks(tmp_path: Path) -> None:
    one, two = Lock.acquire(tmp_path / "one"), Lock.acquire(tmp_path / "two")
    one.release()
    two.release()


def test_whether_it_is_held_is_told_without_a_trace(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    assert not Lock.is_held(path)
    assert list(tmp_path.iterdir()) == []
    lock = Lock.acquire(path)
    before = sorted(tmp_path.iterdir())
    assert Lock.is_held(path)
    assert sorted(tmp_path.iterdir()) == before
    lock.release()
    assert not Lock.is_held(path)
