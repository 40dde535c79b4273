"""How the receiver of a library is, as it says itself: counts and words of ours, no identifier.

`radalike listen` writes this file every two seconds; a search page or a monitor reads it.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from radalike.errors import UsageError
from radalike.library.layout import Layout

STALE_SECONDS = 30.0


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

    def stale(self, *, now: float | None = None) -> bool:
        """Whether a receiver that says it is there has not said so lately: it was killed, or its
        machine is away. One that has stopped in order is not stale."""
        return self.state is not State.STOPPED and self.age(now=now) > STALE_SECONDS

    def age(self, *, now: float | None = None) -> float:
        """Seconds since it was written."""
        return (time.time() if now is None else now) - self.updated


def receiver_health(layout: Layout) -> Health | None:
    """What the library's receiver has said last; None when there has never been one.

    Raises UsageError for a file that is none of ours.
    """
    return read_health(layout.receiver_state) if layout.receiver_state.exists() else None


def read_health(path: Path) -> Health:
    """Raises UsageError when there is no health file."""
    try:
        fields = json.loads(path.read_text())
        return Health(**fields | {"state": State(fields["state"])})
    except (OSError, ValueError, TypeError, KeyError) as exc:
        raise UsageError(
            "there is no health file to check",
            hint="start `radalike listen` with the same --library, or the same --health FILE",
        ) from exc


def finding(health: Health, *, now: float | None = None) -> str | None:
    """What is wrong, None when all is well: the service runs, ingests, and has said so lately."""
    age = health.age(now=now)
    if age > STALE_SECONDS:
        return f"nothing has been heard of it for {age:.0f} s"
    if health.state is State.RUNNING:
        return None
    error = f" ({health.last_error})" if health.last_error else ""
    return f"it is {health.state}{error}"
