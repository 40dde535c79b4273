"""Forks of a process that has loaded what they need, and what is left when one of them ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from socket import socketpair
from typing import Any

import pytest

from radalike.sandbox.fork_server import Fork, ForkServer
from tests.radalike.sandbox.odd_children import Started, find_tests
from tests.radalike.sandbox.telling_worker import LOADED_BY_NOBODY

_WORKER = "tests.radalike.sandbox.telling_worker"
_STDIO_AND_ITS_OWN = 4


class Forks:
    """Those of one server, each with what it has told."""

    def __init__(self, server: ForkServer) -> None:
        self.server = server
        self.open = ExitStack()

    def make(self, *loads: str) -> tuple[Fork, dict[str, Any], Connection]:
        ours, theirs = socketpair()
        connection = self.open.enter_context(Connection(ours.detach()))
        with theirs:
            fork = self.server.fork(theirs, loads)
        self.open.callback(fork.close)
        return fork, json.loads(connection.recv_bytes()), connection


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Forks]:
    find_tests(monkeypatch)
    made = Forks(ForkServer(_WORKER))
    with made.open:
        yield made
    made.server.close()


def wait_until_ended(process: int) -> None:
    deadline = time.monotonic() + 20
    while not Started(process).has_ended():
        assert time.monotonic() < deadline, "it goes on"
        time.sleep(0.01)


def test_forks_are_of_one_process_and_have_nothing_of_each_other(forks: Forks) -> None:
    told = [forks.make()[1] for _ in range(4)]
    assert len({each["process"] for each in told}) == 4
    assert len({each["parent"] for each in told}) == 1
    assert {each["descriptors"] for each in told} == {_STDIO_AND_ITS_OWN}
    assert {each["threads"] for each in told} == {1}


def test_forks_are_of_the_session_that_asks(forks: Forks) -> None:
    """Only there do they yield the processor to it, and end with it when it is ended as a group."""
    assert forks.make()[1]["session"] == os.getsid(0)


@pytest.mark.parametrize("worker", ["radalike.sandbox.worker", "ingest.decoding.worker"])
def test_what_decoders_load_starts_no_thread(worker: str, forks: Forks) -> None:
    """A fork of a process with threads could wait for a lock that one of them holds."""
    told = forks.make(worker, "radalike.imaging.dicom.image", "radalike.imaging.dicom.metadata")[1]
    assert threads_of(told["parent"]) == 1


def threads_of(process: int) -> int:
    return len(os.listdir(f"/proc/{process}/task"))


def test_what_one_needs_is_loaded_for_it_and_those_after_it(forks: Forks) -> None:
    told = [forks.make(*loads)[1] for loads in ((), (LOADED_BY_NOBODY,), ())]
    assert [each["loaded"] for each in told] == [False, True, True]


def test_a_fork_ends_alone_and_its_socket_says_so(forks: Forks) -> None:
    (first, told, connection), (_, other, _) = forks.make(), forks.make()
    first.kill()
    first.kill()
    assert connection.poll(20)
    with pytest.raises(EOFError):
        connection.recv_bytes()
    wait_until_ended(told["process"])
    assert not Started(other["process"]).has_ended()
    first.close()
    first.kill()  # its number may be another's by now
    first.close()


def test_where_processes_have_no_descriptors_a_fork_is_ended_by_its_number(
    forks: Forks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(_: int) -> int:
        raise PermissionError

    monkeypatch.setattr(os, "pidfd_open", forbidden)
    fork, told, _ = forks.make()
    fork.kill()
    wait_until_ended(told["process"])
    forks.make()
    fork.kill()


def test_those_that_have_ended_are_let_go_by_the_next_one(forks: Forks) -> None:
    fork, told, _ = forks.make()
    fork.kill()
    wait_until_ended(told["process"])
    forks.make()
    assert not Path(f"/proc/{told['process']}").exists()


def test_a_server_that_is_killed_is_started_anew(forks: Forks) -> None:
    _, told, _ = forks.make()
    os.kill(told["parent"], signal.SIGKILL)
    wait_until_ended(told["parent"])
    _, other, _ = forks.make()
    assert other["parent"] != told["parent"]
    assert not Started(told["process"]).has_ended()


def test_closed_it_leaves_nothing_and_can_be_started_again(forks: Forks) -> None:
    told = [forks.make()[1] for _ in range(2)]
    forks.server.close()
    assert all(Started(each["process"]).has_ended() for each in told)
    assert Started(told[0]["parent"]).has_ended()
    assert forks.make()[1]["parent"] != told[0]["parent"]


def test_nothing_goes_on_when_who_asked_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    find_tests(monkeypatch)
    code = f"""
import sys, time
from tests.radalike.sandbox.test_fork_server import Forks
from radalike.sandbox.fork_server import ForkServer
forks = Forks(ForkServer({_WORKER!r}))
told = forks.make()[1]
print(told["process"], told["parent"], flush=True)
time.sleep(600)
"""
    asking = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    with asking:
        assert asking.stdout is not None
        numbers = [int(each) for each in asking.stdout.readline().split()]
        asking.kill()
    assert len(numbers) == 2
    for number in numbers:
        wait_until_ended(number)


def test_where_none_can_be_started_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    ours, theirs = socketpair()
    with ours, theirs, pytest.raises((EOFError, OSError)):
        ForkServer(_WORKER).fork(theirs)
