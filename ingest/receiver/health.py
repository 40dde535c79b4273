"""The health file, for monitoring: counts and words of ours, never an identifier."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from radalike.errors import UsageError
from radalike.storage import replace_text

WRITE_SECONDS = 2.0
_STALE_SECONDS = 30.0


class State(StrEnum):
    STARTING = "starting"
    RUNNING = "running"
    DEGRADED = "degraded"  # files are received, but cannot be ingested just now
    STOPPING = "stopping"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Health:
    """received, refused: files since the start. waiting: files in the spool. ingested, skipped,
    rejected: files that left it. last_error: the name of an error, None when the last ingest went
    well. started, updated: seconds since 1970."""

    state: State
    pid: int
    started: float
    updated: float
    received: int
    refused: int
    waiting: int
    ingested: int
    skipped: int
    rejected: int
    last_error: str | None


def write_health(path: Path, health: Health) -> None:
    """Replace the file at once, so that no reader sees half of it. Raises OSError."""
    replace_text(path, json.dumps(asdict(health)) + "\n")


def read_health(path: Path) -> Health:
    """Raises UsageError when there is no health file."""
    try:
        fields = json.loads(path.read_text())
        return Health(**fields | {"state": State(fields["state"])})
    except (OSError, ValueError, TypeError, KeyError) as exc:
        raise UsageError(
            "there is no health file to check",
            hint="start `radalike listen` with the same --health FILE",
        ) from exc


def finding(health: Health, *, now: float | None = None) -> str | None:
    """What is wrong, None when all is well: the service runs, ingests, and has said so lately."""
    age = (time.time() if now is None else now) - health.updated
    if age > _STALE_SECONDS:
        return f"nothing has been heard of it for {age:.0f} s"
    if health.state is State.RUNNING:
        return None
    error = f" ({health.last_error})" if health.last_error else ""
    return f"it is {health.state}{error}"
