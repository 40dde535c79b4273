"""A child process and the socket to it. What passes is JSON and raw bytes, never pickles: a child
that a hostile file has taken over can send nothing but data."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from radalike.sandbox.fork_server import ForkServer

_READY = b"ready"
_START_SECONDS = 60.0


class ChildProcess:
    """A fork of `server`, whose `main` begins with `confined` and `say_ready`.

    setup: what it is told first, as JSON; `memory_mib` is its limit of memory. loads: modules that
    it needs soon. Raises EOFError or OSError when it does not come up.
    """

    def __init__(
        self, server: ForkServer, setup: Mapping[str, Any], loads: Sequence[str] = ()
    ) -> None:
        ours, theirs = socket.socketpair()
        self.connection: Connection = Connection(ours.detach())
        self._readable = select.poll()  # made once: `Connection.poll` makes a selector each time
        self._readable.register(self.connection, select.POLLIN)
        try:
            with theirs:
                self._fork = server.fork(theirs, loads)
        except (EOFError, OSError):
            self.connection.close()
            raise
        try:
            self.connection.send_bytes(json.dumps(setup).encode())
            if not self.has_answered(_START_SECONDS) or self.connection.recv_bytes() != _READY:
                raise EOFError
        except (EOFError, OSError):
            self.close()
            raise

    def has_answered(self, seconds: float) -> bool:
        """Whether there is something to read, or nothing to come any more, in `seconds` at most."""
        return bool(self._readable.poll(seconds * 1000))

    @property
    def process(self) -> int:
        """Its number."""
        return self._fork.process

    def kill(self) -> None:
        """End it, also from another thread: who waits for its answer gets EOFError."""
        self._fork.kill()

    def close(self) -> None:
        self.connection.close()
        self._fork.close()


def confined(descriptor: int, *, niceness: int = 0) -> tuple[Connection, dict[str, Any]]:
    """In the child: the socket, and what it has been told, once it has no more than its limits.

    niceness: how far it yields the processor to others.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    _yield_to_others(niceness)
    for none in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):  # what it reads stays in memory
        resource.setrlimit(none, (0, 0))
    connection: Connection = Connection(descriptor)
    setup: dict[str, Any] = json.loads(connection.recv_bytes())
    limit = setup["memory_mib"] * 1024**2
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    return connection, setup


def _yield_to_others(niceness: int) -> None:
    os.nice(niceness)
    if niceness and sys.platform == "linux":
        # It does not interrupt, when it has been given something, who computes just then: what
        # they have in their caches is worth more than the moment. A container may forbid it.
        with suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def say_ready(connection: Connection) -> None:
    """In the child: it can be given requests."""
    connection.send_bytes(_READY)
