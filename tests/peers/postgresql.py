"""A real PostgreSQL (Debian package postgresql): a server of the tests' own, on loopback only."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

from tests.peers.presence import absent

_VERSIONS = Path("/usr/lib/postgresql")
_ACCOUNT = "postgres"  # PostgreSQL refuses to run as root


@contextmanager
def running_postgresql() -> Iterator[str]:
    """The SQLAlchemy URL of an empty database, as its superuser; without PostgreSQL the test is
    skipped, or fails where RADALIKE_REQUIRE_POSTGRESQL is set."""
    programs = _programs()
    folder = Path(mkdtemp(prefix="postgresql-"))  # not pytest's: the account must reach it
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _ACCOUNT)
        port = _free_port()
        data, log = folder / "data", folder / "log"
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c shared_buffers=16MB"
        _run(programs / "initdb", "-D", data, "-U", _ACCOUNT, "-A", "trust", "--locale=C.UTF-8")
        _run(programs / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start")
        try:
            yield f"postgresql+psycopg://{_ACCOUNT}@127.0.0.1:{port}/{_ACCOUNT}"
        finally:
            _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


def _programs() -> Path:
    found = sorted(_VERSIONS.glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    if not found:
        absent("postgresql", "PostgreSQL's server is not installed")
    if find_spec("psycopg") is None:
        absent("postgresql", "psycopg (the extra `postgres`) is not installed")
    return found[-1].parent


def _run(*command: str | Path) -> None:
    account = ["runuser", "-u", _ACCOUNT, "--"] if os.geteuid() == 0 else []
    # Into nothing, not into pipes: the server inherits them and would hold them open.
    subprocess.run(
        [*account, *map(str, command)],
        check=True,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port
