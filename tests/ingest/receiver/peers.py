"""Peers of a receiver: DCMTK's programs, pynetdicom as a sender, and the service as a process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pynetdicom import AE
from pynetdicom.sop_class import CTImageStorage, Verification

from tests.ingest.command_line import LIGHT, environment
from tests.peers.dcmtk import dcmtk_program

_TIMEOUT = 60.0


def dcmtk(
    program: str, port: int, *arguments: str | Path, calling: str = "SENDER", called: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run storescu, dcmsend or echoscu against a receiver on this machine."""
    options = ["-aet", calling, "-aec", called or "RADALIKE"]
    files = [str(each) for each in arguments if isinstance(each, Path)]
    own = [each for each in arguments if isinstance(each, str)]
    return subprocess.run(
        [dcmtk_program(program), *options, *own, "127.0.0.1", str(port), *files],
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )


def associate(
    port: int, *, calling: str = "SENDER", classes: Sequence[str] = (CTImageStorage,), **named: Any
) -> Any:
    """An association of pynetdicom's with a receiver on this machine, accepted or not."""
    entity = AE(calling)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 15
    entity.add_requested_context(Verification)
    for each in classes:
        entity.add_requested_context(each, **named)
    return entity.associate("127.0.0.1", port, ae_title="RADALIKE")


@contextmanager
def line_of(association: Any) -> Iterator[socket.socket]:
    """The socket of an association of `associate`, to write to it what pynetdicom would not."""
    line: socket.socket = association.dul.socket.socket
    try:
        with suppress(OSError):
            yield line
    finally:
        association.kill()
        line.close()


@dataclass(frozen=True)
class Listening:
    """`radalike listen` in a process of its own."""

    process: subprocess.Popen[str]
    health_file: Path
    log_file: Path
    port: int

    def health(self) -> dict[str, Any]:
        return dict(json.loads(self.health_file.read_text()))

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]

    def events(self) -> list[str]:
        return [line["event"] for line in self.log()]

    def wait_for(self, happened: Callable[[], object], seconds: float = 60.0) -> None:
        ends = time.monotonic() + seconds
        while not happened():
            assert self.process.poll() is None, self.log_file.read_text()
            assert time.monotonic() < ends, self.log_file.read_text()
            time.sleep(0.05)

    def peak_memory(self) -> int:
        """Bytes that the process ever had in memory at once."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(_TIMEOUT)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_TIMEOUT)


@contextmanager
def listening(folder: Path, *arguments: str | Path, **settings: str | float) -> Iterator[Listening]:
    """The service over the library in `folder`, on a free port, until the block ends."""
    folder.mkdir(exist_ok=True)
    health, log = folder / "health.json", folder / f"log-{time.monotonic_ns()}"
    health.unlink(missing_ok=True)
    words = ("listen", "--port", "0", "--health", health, "--library", folder / "library")
    with log.open("w") as stream:
        process = subprocess.Popen(
            [*LIGHT, *map(str, (*words, *arguments))],
            env=environment(**settings),
            stdout=subprocess.DEVNULL,
            stderr=stream,
            text=True,
            start_new_session=True,
        )
    try:
        service = Listening(process, health, log, 0)
        service.wait_for(lambda: "listening" in log.read_text() and health.exists())
        port = next(line["port"] for line in service.log() if line["event"] == "listening")
        yield Listening(process, health, log, port)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(_TIMEOUT)
