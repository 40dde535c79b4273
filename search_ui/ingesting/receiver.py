"""How the receiver of what a PACS sends is, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from radalike.errors import UsageError
from radalike.library import Library
from radalike.library.ingesting.receiver_state import Health, State, receiver_health
from search_ui.times import at_title, duration_title


class Mood(StrEnum):
    """How much it is worth somebody's attention."""

    QUIET = "quiet"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class ReceiverView:
    """heading, text: how it is, and the way out. facts: counts since it was started."""

    mood: Mood
    heading: str
    text: str
    facts: tuple[tuple[str, str], ...] = ()


_NOT_SET_UP = ReceiverView(
    Mood.QUIET,
    "Not set up",
    "Nothing has been received over the network yet. `radalike listen` takes what a PACS sends.",
)
_UNREADABLE = ReceiverView(
    Mood.BAD,
    "Not known",
    "What the receiver says of itself cannot be read. Start `radalike listen` again.",
)
_SAID: Mapping[State, tuple[Mood, str, str]] = {
    State.STARTING: (Mood.QUIET, "Starting", "It takes images in a moment."),
    State.RUNNING: (Mood.GOOD, "Running", "It receives images and ingests them."),
    State.DEGRADED: (
        Mood.BAD,
        "Degraded",
        "It receives images and cannot ingest them just now{error}. They wait; its log says more.",
    ),
    State.STOPPING: (Mood.QUIET, "Stopping", "It ingests what it has, and ends."),
    State.STOPPED: (
        Mood.QUIET,
        "Stopped",
        "It was ended in order. `radalike listen` starts it again.",
    ),
}


def receiver_view(library: Library) -> ReceiverView:
    """Of a library's receiver, just now."""
    try:
        health = receiver_health(library.layout)
    except UsageError:
        return _UNREADABLE
    return _NOT_SET_UP if health is None else health_view(health)


def health_view(health: Health, *, now: float | None = None) -> ReceiverView:
    """now: seconds since 1970; default: the clock's."""
    mood, heading, text = _SAID[health.state]
    if health.stale(now=now):
        age = duration_title(health.age(now=now))
        mood, heading = Mood.BAD, f"Not heard of for {age}"
        text = (
            f"It was {health.state} then, and ended without saying so, or its machine is away. "
            "Start `radalike listen` again."
        )
    error = f" ({health.last_error})" if health.last_error else ""
    return ReceiverView(mood, heading, text.format(error=error), _facts(health))


def _facts(health: Health) -> tuple[tuple[str, str], ...]:
    counts = (
        ("Received", health.received),
        ("Refused", health.refused),
        ("Waiting", health.waiting),
        ("Ingested", health.ingested),
        ("Skipped", health.skipped),
        ("Rejected", health.rejected),
    )
    since, said = (datetime.fromtimestamp(at, UTC) for at in (health.started, health.updated))
    return (
        ("Since (UTC)", at_title(since)),
        ("Last heard of (UTC)", at_title(said)),
        *((name, f"{count:,}") for name, count in counts),
    )
