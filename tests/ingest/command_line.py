"""The `radalike` command as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Command = tuple[str, ...]

REAL: Command = (sys.executable, "-m", "radalike.cli.main")
LIGHT: Command = (sys.executable, "-m", "tests.ingest.light_radalike")
"""Ready in one second instead of six; all but the model is the real command's."""

DEFAULTS = Path(__file__).with_name("defaults.toml")
_ROOT = Path(__file__).parents[2]
_TIMEOUT = 240.0


@dataclass(frozen=True)
class Finished:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def environment(**settings: str | int) -> dict[str, str]:
    """This process's own without its RADALIKE_*, in the cheapest way to run, with `settings`."""
    plain = {key: value for key, value in os.environ.items() if not key.startswith("RADALIKE_")}
    cheap = {"CONFIG": str(DEFAULTS), "PRECISION": "float32", "WORKERS": "1"}
    given = cheap | {name.upper(): str(value) for name, value in settings.items()}
    prefixed = {f"RADALIKE_{name}": value for name, value in given.items()}
    plain["PYTHONPATH"] = str(_ROOT)  # for LIGHT, which is no part of the installation
    return plain | {"COLUMNS": "200", "NO_COLOR": "1"} | prefixed


def radalike(*arguments: str | Path, command: Command = REAL, **settings: str | int) -> Finished:
    """Run the command to its end."""
    done = subprocess.run(
        [*command, *map(str, arguments)],
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def start(
    *arguments: str | Path, command: Command = REAL, **settings: str | int
) -> subprocess.Popen[str]:
    """Start the command in a session of its own, as a terminal would."""
    return subprocess.Popen(
        [*command, *map(str, arguments)],
        env=environment(**settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finished(process: subprocess.Popen[str]) -> Finished:
    out, err = process.communicate(timeout=_TIMEOUT)
    return Finished(process.returncode, out, err)


def wait_for(
    happened: Callable[[], object], process: subprocess.Popen[str], seconds: float = 60.0
) -> None:
    """Wait until `happened()`; fail when `process` ends first, or the time is up."""
    deadline = time.monotonic() + seconds
    while not happened():
        if process.poll() is not None:
            raise AssertionError(f"ended before: {process.communicate()}")
        if time.monotonic() > deadline:
            process.kill()
            raise AssertionError(f"not within {seconds} s: {process.communicate()}")
        time.sleep(0.005)
