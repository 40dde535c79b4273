"""Children that do what a file says, in place of the real ones."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from socket import socket

import pytest

from radalike.sandbox.fork_server import Fork, ForkServer

_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Started:
    """A child, by its number."""

    process: int

    def has_ended(self) -> bool:
        try:
            status = Path(f"/proc/{self.process}/stat").read_text()
        except OSError:
            return True
        return status.rpartition(")")[2].split()[0] == "Z"

    def send(self, number: signal.Signals) -> None:
        os.kill(self.process, number)


def started_instead(monkeypatch: pytest.MonkeyPatch) -> list[Started]:
    """From now on a new sandbox has `odd_worker`; gives the children that have been started."""
    plain = ForkServer.fork
    started: list[Started] = []

    def fork(self: ForkServer, theirs: socket, loads: Sequence[str] = ()) -> Fork:
        made = plain(self, theirs, loads)
        started.append(Started(made.process))
        return made

    monkeypatch.setattr(ForkServer, "fork", fork)
    monkeypatch.setattr("radalike.sandbox.sandbox._WORKER", "tests.radalike.sandbox.odd_worker")
    find_tests(monkeypatch)
    return started


def find_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is started from another folder has these modules, too."""
    monkeypatch.setenv("PYTHONPATH", str(_ROOT), prepend=os.pathsep)
