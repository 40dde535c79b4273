"""`Sandbox`: what is asked of a file is answered by child processes of limited memory and time.

A file that kills, stalls or bloats one is a reject; the next file meets a new one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Condition, Event, Timer
from typing import Any

from radalike.errors import DecoderUnavailable, ImageRejected, RejectCode, UsageError
from radalike.imaging.raster import MAX_FRAME_BYTES
from radalike.sandbox.fork_server import ForkServer
from radalike.sandbox.process import ChildProcess

_RECYCLED_AFTER = 500  # requests; what leaks in a decoder library does not add up
_ATTEMPTS = 2  # a process can die for another reason: a file is blamed when one dies of it alone
_HEADER_BYTES = 64 * 1024
_BLOCK_BYTES = 3 * MAX_FRAME_BYTES  # a palette's frame as red, green and blue
_WORKER = "radalike.sandbox.worker"
_NO_ANSWER = (EOFError, OSError, ValueError, KeyError, TypeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one child: memory in MiB, seconds a request. withheld: modalities not shown whole."""

    memory_mib: int
    seconds: float
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a child said, as JSON, and the bytes it sent behind that."""

    header: dict[str, Any]
    block: bytes


class Sandbox:
    """At most `processes` children, started on first use. Safe from several threads, of which so
    many are served at once and the others wait."""

    def __init__(self, limits: Limits, processes: int = 2) -> None:
        self._server = ForkServer(_WORKER)
        self._free = [_Lane(self._server, limits) for _ in range(processes)]
        self._lanes = processes
        self._freed = Condition()
        self._closed = False

    def ask(self, data: bytes, request: dict[str, Any]) -> Answer:
        """What `radalike.sandbox.worker` answers to `request` about the file `data`.

        Raises ImageRejected, UsageError; DecoderUnavailable when no child can be started.
        """
        content = _name_of(data)
        with self._lane(content) as lane:
            return lane.answer(data, {**request, "content": content})

    def start(self) -> None:
        """Start the children that nobody uses, so that no request waits for that.

        Raises DecoderUnavailable.
        """
        with ExitStack() as taken:
            for _ in range(len(self._free)):
                taken.enter_context(self._lane("")).start()

    def close(self) -> None:
        """Ends the children: one that is at work, once it has answered."""
        with self._freed:
            self._closed = True
            for lane in self._free:
                lane.close()
            self._close_server()
            self._freed.notify_all()

    def _close_server(self) -> None:
        """It ends all its forks, so not before the last one has answered."""
        if len(self._free) == self._lanes:
            self._server.close()

    @contextmanager
    def _lane(self, content: str) -> Iterator[_Lane]:
        """One that nobody else uses: the one that holds the file, else the one idle longest."""
        with self._freed:
            self._freed.wait_for(lambda: self._free or self._closed)
            if self._closed:
                raise DecoderUnavailable("the decoding processes have been ended")
            lane = min(self._free, key=lambda each: (each.holds != content, each.used))
            self._free.remove(lane)
        try:
            yield lane
        finally:
            with self._freed:
                self._free.append(lane)
                if self._closed:
                    lane.close()
                    self._close_server()
                self._freed.notify()


class _Lane:
    """One child at a time, replaced when it breaks or is old. holds: the file that it keeps, as
    far as is known here. used: when it was asked last."""

    def __init__(self, server: ForkServer, limits: Limits) -> None:
        self._server = server
        self._limits = limits
        self._child: ChildProcess | None = None
        self._served = 0
        self.holds = ""
        self.used = 0.0

    def answer(self, data: bytes, request: dict[str, Any]) -> Answer:
        """Raises as `Sandbox.ask`."""
        for _ in range(_ATTEMPTS):
            child = self.start()
            with _deadline(child, self._limits.seconds) as passed:
                try:
                    answer = _exchange(child, data, request)
                    refusal = _refusal(answer.header)
                except _NO_ANSWER:
                    self.close()
                    if passed.is_set():
                        break
                    continue
                except BaseException:  # its answer is still to come: nobody may get it
                    self.close()
                    raise
            self._served += 1
            self.holds, self.used = request["content"], time.monotonic()
            if refusal is not None:
                raise refusal
            return answer
        if passed.is_set():
            raise ImageRejected(RejectCode.RESOURCE_LIMIT, "decoding took too long")
        raise ImageRejected(RejectCode.WORKER_CRASH, "its decoder crashed and was started anew")

    def start(self) -> ChildProcess:
        """The child, a new one where there is none. Raises DecoderUnavailable."""
        if self._served >= _RECYCLED_AFTER:
            self.close()
        if self._child is None:
            setup = {"memory_mib": self._limits.memory_mib, "withheld": self._limits.withheld}
            try:
                self._child = ChildProcess(self._server, setup)
            except (EOFError, OSError) as exc:
                raise DecoderUnavailable(
                    "no decoding process can be started",
                    hint="decode_memory_mib may be too small, or the installation is broken",
                ) from exc
        return self._child

    def close(self) -> None:
        self.holds, self._served = "", 0
        if self._child is not None:
            self._child.close()
            self._child = None


def _name_of(data: bytes) -> str:
    """What tells one file's content from another's: Python's keyed hash, kept with the object, so
    that the next frame of a large file costs nothing."""
    return f"{len(data)}-{hash(data)}"


@contextmanager
def _deadline(child: ChildProcess, seconds: float) -> Iterator[Event]:
    """The child is killed when this takes longer; the event says so. A timeout of each read would
    not end a child that stops in the middle of an answer, or takes none."""
    passed = Event()

    def end() -> None:
        passed.set()
        child.kill()

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield passed
    finally:
        timer.cancel()


def _exchange(child: ChildProcess, data: bytes, request: dict[str, Any]) -> Answer:
    """Raises one of _NO_ANSWER when the child has died, or says what is no answer."""
    connection = child.connection
    connection.send_bytes(json.dumps(request).encode())
    header = json.loads(connection.recv_bytes(_HEADER_BYTES))
    if "missing" in header:
        connection.send_bytes(data)
        header = json.loads(connection.recv_bytes(_HEADER_BYTES))
    size = header["bytes"]
    if not 0 <= size <= _BLOCK_BYTES:
        raise ValueError("more than any answer has")
    return Answer(header, connection.recv_bytes(size) if size else b"")


def _refusal(header: dict[str, Any]) -> ImageRejected | UsageError | None:
    """Raises ValueError, KeyError when it is none of ours."""
    if "code" in header:
        code, reason, hint = (str(header[name]) for name in ("code", "reason", "hint"))
        return ImageRejected(RejectCode(code), reason, hint=hint)
    if "usage" in header:
        return UsageError(str(header["usage"]), hint=str(header["hint"]))
    return None
