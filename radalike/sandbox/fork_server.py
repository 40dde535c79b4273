"""A process that has loaded what its forks need, so that one starts in milliseconds: at first, when
it is old, and after each file that kills it. `python -m radalike.sandbox.fork_server FD MODULE`.

It reads no file itself, and nothing of what its forks send: what a hostile file does to one is gone
with it. What it is asked comes as JSON, and a fork's socket beside it.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle, send_handle
from socket import socket, socketpair
from threading import Lock
from typing import NoReturn

from radalike.cores import one_core_environment

_SECONDS = 60.0


class ForkServer:
    """Forks of a process that has loaded `module`, each in that module's `main(FD)`. The process is
    started by the first of them, and anew when it has died. Safe from several threads."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._process: subprocess.Popen[bytes] | None = None
        self._control: Connection | None = None
        self._turn = Lock()

    def fork(self, theirs: socket, loads: Sequence[str] = ()) -> Fork:
        """A fork that has the socket `theirs`. loads: modules that it and all after it have loaded.

        Raises EOFError or OSError when there is none to be had.
        """
        with self._turn:
            fresh = self._process is None
            try:
                return self._forked(theirs, loads)
            except (EOFError, OSError):
                self._end()
                if fresh:
                    raise
            try:
                return self._forked(theirs, loads)
            except (EOFError, OSError):
                self._end()
                raise

    def close(self) -> None:
        """Ends all forks. It can be started again."""
        with self._turn:
            self._end()

    def _forked(self, theirs: socket, loads: Sequence[str]) -> Fork:
        if self._process is None or self._control is None:
            self._process, self._control = _started(self._module)
        self._control.send_bytes(json.dumps(list(loads)).encode())
        send_handle(self._control, theirs.fileno(), self._process.pid)
        if not self._control.poll(_SECONDS):
            raise EOFError
        # Nobody waits for a fork before the next one is asked for: this number is nobody else's.
        return Fork(json.loads(self._control.recv_bytes()))

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            try:
                self._process.wait(_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = self._control = None


class Fork:
    """The number of a process, by which no other is ever ended where the system can tell them
    apart (Linux)."""

    def __init__(self, process: int) -> None:
        self.process = process
        self._descriptor = _descriptor_of(process)
        self._open = True
        self._turn = Lock()

    def kill(self) -> None:
        """End it, also from another thread, and also when it has ended."""
        with self._turn, suppress(ProcessLookupError):
            if not self._open:
                return
            if sys.platform == "linux" and self._descriptor is not None:
                signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)
            else:
                os.kill(self.process, signal.SIGKILL)

    def close(self) -> None:
        """End it, and let it go."""
        self.kill()
        with self._turn:
            if self._open and self._descriptor is not None:
                os.close(self._descriptor)
            self._open = False


def _descriptor_of(process: int) -> int | None:
    if sys.platform == "linux":
        with suppress(OSError):  # an old kernel has none, and a container can forbid them
            return os.pidfd_open(process)
    return None


def _started(module: str) -> tuple[subprocess.Popen[bytes], Connection]:
    ours, theirs = socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno()), module],
            pass_fds=(theirs.fileno(),),
            env=one_core_environment(),  # a process that has threads is not one to fork
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # decoder libraries print what files hold
            stderr=subprocess.DEVNULL,
            # Of no session of its own: Linux shares processors out between sessions first, and
            # niceness counts only within one (sched(7), the autogroup feature).
        )
    return process, Connection(ours.detach())


# -- in the process -----------------------------------------------------------------------------


def _main(descriptor: int, module: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    control: Connection = Connection(descriptor)
    run = import_module(module).main
    forks: set[int] = set()
    with suppress(EOFError, OSError):  # until who asks is gone
        while True:
            for name in json.loads(control.recv_bytes()):
                import_module(name)
            theirs = recv_handle(control)
            forks -= set(_ended())
            gc.freeze()  # what is shared stays so
            process = os.fork()
            if not process:
                control.close()
                _run(run, theirs)
            os.close(theirs)
            forks.add(process)
            control.send_bytes(json.dumps(process).encode())
    for process in forks - set(_ended()):
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)  # what it has used is counted as ours


def _run(run: Callable[[int], None], theirs: int) -> NoReturn:
    status = 1
    try:
        run(theirs)
        status = 0
    finally:
        os._exit(status)


def _ended() -> Iterator[int]:
    with suppress(ChildProcessError):  # there are none
        while process := os.waitpid(-1, os.WNOHANG)[0]:
            yield process


if __name__ == "__main__":
    _main(int(sys.argv[1]), sys.argv[2])
