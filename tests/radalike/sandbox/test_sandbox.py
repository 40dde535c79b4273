"""Children that break, stall or swell, and what becomes of the files after those they break on."""

from __future__ import annotations

import gc
import json
import resource
import signal
import sys
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any

import numpy as np
import pytest

from radalike.errors import DecoderUnavailable, ImageRejected, RejectCode, UsageError
from radalike.library.search.uploads import UploadDecoder
from radalike.sandbox.fork_server import ForkServer
from radalike.sandbox.process import ChildProcess
from radalike.sandbox.sandbox import Limits, Sandbox
from radalike.settings import load_settings
from tests.radalike.library.original_files import png
from tests.radalike.pictures import picture
from tests.radalike.sandbox.odd_children import Started, find_tests, started_instead
from tests.radalike.sandbox.odd_worker import FORGETS_AFTER

GOOD = png(picture("CT", 1))
DESCRIBE: dict[str, Any] = {"ask": "describe"}
RENDER: dict[str, Any] = {"ask": "render", "frame": None, "window": None, "rendering": "percentile"}


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[Started]:
    return started_instead(monkeypatch)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox(Limits(memory_mib=1024, seconds=2.0), processes=1)
    yield made
    made.close()


@pytest.fixture(scope="module")
def often_broken() -> Iterator[Sandbox]:
    """One for all the files that break it."""
    with pytest.MonkeyPatch.context() as patch:
        started_instead(patch)
        made = Sandbox(Limits(memory_mib=1024, seconds=2.0), processes=1)
        yield made
    made.close()


def width_of(sandbox: Sandbox, data: bytes) -> Any:
    return sandbox.ask(data, DESCRIBE).header["described"]["width"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"crash", RejectCode.WORKER_CRASH),
        (b"exit", RejectCode.WORKER_CRASH),
        (b"stall", RejectCode.RESOURCE_LIMIT),
        (b"panic", RejectCode.PIXEL_DECODE),
        (b"fail", RejectCode.PIXEL_DECODE),
        (b"swell", RejectCode.RESOURCE_LIMIT),
        (b"swell inside", RejectCode.RESOURCE_LIMIT),
        (b"", RejectCode.EMPTY),
    ],
)
def test_a_file_that_breaks_its_child_is_rejected_and_the_next_is_answered(
    often_broken: Sandbox, content: bytes, code: RejectCode
) -> None:
    sandbox = often_broken
    with pytest.raises(ImageRejected) as caught:
        sandbox.ask(content, DESCRIBE)
    assert caught.value.code is code
    assert "DOE" not in f"{caught.value} {caught.value.hint} {caught.value.data}"
    assert width_of(sandbox, GOOD) == 80


def test_a_child_that_is_killed_when_idle_costs_no_file(
    children: list[Started], sandbox: Sandbox
) -> None:
    for _ in range(2):
        assert width_of(sandbox, GOOD) == 80
        children[-1].send(signal.SIGKILL)
    assert len(children) == 2


def test_a_child_that_lies_is_a_crash(
    children: list[Started], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODD_WORKER", "lying")
    decoder = UploadDecoder(load_settings())
    try:
        for ask in (decoder.inspect, decoder.render):
            with pytest.raises(ImageRejected) as caught:
                ask(GOOD)
            assert caught.value.code is RejectCode.WORKER_CRASH
            assert "DOE" not in str(caught.value)
    finally:
        decoder.close()


def test_a_child_that_stops_in_the_middle_is_ended(
    children: list[Started], sandbox: Sandbox
) -> None:
    """Stopped, it takes nothing of a file that is larger than a socket holds."""
    width_of(sandbox, GOOD)
    children[-1].send(signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(ImageRejected, match="too long"):
        sandbox.ask(bytes(64 * 1024**2), DESCRIBE)
    assert time.monotonic() - began < 20
    assert width_of(sandbox, GOOD) == 80


def test_children_have_limited_memory_and_write_nothing(
    children: list[Started], sandbox: Sandbox
) -> None:
    width_of(sandbox, GOOD)
    child = children[-1].process
    limit = 1024 * 1024**2
    assert resource.prlimit(child, resource.RLIMIT_AS) == (limit, limit)
    assert resource.prlimit(child, resource.RLIMIT_CORE) == (0, 0)
    assert resource.prlimit(child, resource.RLIMIT_FSIZE) == (0, 0)


def test_an_answer_that_nobody_waited_for_reaches_nobody_else(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted once its question is sent, one person's answer is not the next one's."""
    plain = Connection.recv_bytes

    def interrupted(*_: object) -> bytes:
        raise KeyboardInterrupt

    assert width_of(sandbox, GOOD) == 80
    monkeypatch.setattr(Connection, "recv_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sandbox.ask(GOOD, DESCRIBE)
    monkeypatch.setattr(Connection, "recv_bytes", plain)
    other = png(picture("CT", 2, width=40))
    assert width_of(sandbox, other) == 40


def test_a_file_is_read_once_for_all_its_frames_and_forgotten_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    find_tests(monkeypatch)
    setup = {"memory_mib": 1024, "withheld": []}
    server = ForkServer("tests.radalike.sandbox.odd_worker")
    child = ChildProcess(server, setup)
    try:
        assert sent(child, "first", GOOD) is True
        assert sent(child, "first", GOOD) is False
        assert sent(child, "second", GOOD) is True
        assert sent(child, "first", GOOD) is True
        time.sleep(FORGETS_AFTER + 0.5)
        assert sent(child, "first", GOOD) is True
    finally:
        child.close()
        server.close()


def sent(child: ChildProcess, content: str, data: bytes) -> bool:
    """Whether the child had to be given the file."""
    connection = child.connection
    connection.send_bytes(json.dumps({**DESCRIBE, "content": content}).encode())
    header = json.loads(connection.recv_bytes())
    missing = "missing" in header
    if missing:
        connection.send_bytes(data)
        header = json.loads(connection.recv_bytes())
    assert header["described"]["width"] == 80
    return missing


def test_old_children_are_replaced(
    children: list[Started], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("radalike.sandbox.sandbox._RECYCLED_AFTER", 3)
    for _ in range(7):
        assert width_of(sandbox, GOOD) == 80
    assert len(children) == 3
    assert [child.has_ended() for child in children] == [True, True, False]


def test_twenty_people_at_once_each_see_their_own() -> None:
    pictures = [picture("CT", number) for number in range(20)]
    found: dict[int, Any] = {}
    sandbox = Sandbox(Limits(memory_mib=1024, seconds=30.0))

    def look(number: int) -> None:
        for _ in range(3):
            answer = sandbox.ask(png(pictures[number]), RENDER)
            found[number] = np.frombuffer(answer.block, np.uint8).reshape(answer.header["shape"])

    threads = [Thread(target=look, args=(number,)) for number in range(20)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
    finally:
        sandbox.close()
    for number, expected in enumerate(pictures):
        np.testing.assert_array_equal(found[number], expected)


def test_started_before_and_closed_after(children: list[Started]) -> None:
    sandbox = Sandbox(Limits(memory_mib=1024, seconds=30.0))
    assert children == []
    sandbox.start()
    assert len(children) == 2
    assert width_of(sandbox, GOOD) == 80
    assert len(children) == 2
    sandbox.close()
    assert all(child.has_ended() for child in children)
    with pytest.raises(DecoderUnavailable):
        width_of(sandbox, GOOD)


def test_closed_at_work_it_ends_its_child(children: list[Started]) -> None:
    sandbox = Sandbox(Limits(memory_mib=1024, seconds=2.0), processes=1)
    failures: list[Exception] = []

    def ask() -> None:
        try:
            sandbox.ask(b"stall", DESCRIBE)
        except ImageRejected as exc:
            failures.append(exc)

    thread = Thread(target=ask)
    thread.start()
    while not children:
        time.sleep(0.01)
    sandbox.close()
    thread.join(timeout=20)
    assert len(failures) == 1
    assert children[-1].has_ended()


def test_without_children_it_says_so(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(DecoderUnavailable) as caught:
        width_of(sandbox, GOOD)
    gc.collect()  # a process that was not waited for is a warning here, and not in another test
    assert caught.value.hint


def test_what_a_child_finds_wrong_with_the_question_is_said(sandbox: Sandbox) -> None:
    with pytest.raises(UsageError, match="no frame 1") as caught:
        sandbox.ask(GOOD, {**RENDER, "frame": 1})
    assert caught.value.hint == "it has one frame, number 0"
