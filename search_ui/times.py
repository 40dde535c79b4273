"""Times and durations as they are read."""

from __future__ import annotations

from datetime import UTC, datetime


def at_title(at: datetime) -> str:
    """`2026-11-22 14:03:10`, in UTC, whatever zone it is given in."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def duration_title(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for size, unit, below, smaller in (
        (86_400, "d", 3_600, "h"),
        (3_600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if whole >= size:
            large, rest = divmod(whole, size)
            small = rest // below
            return f"{large} {unit} {small} {smaller}" if small else f"{large} {unit}"
    return f"{whole} s"


def rate_title(count: int, seconds: float, unit: str) -> str:
    """`45 files a second`, with one decimal below ten; empty where no time has passed."""
    if seconds <= 0:
        return ""
    rate = count / seconds
    return f"{rate:.1f} {unit} a second" if rate < 10 else f"{rate:,.0f} {unit} a second"
