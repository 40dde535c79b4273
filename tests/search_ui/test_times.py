"""Times and durations in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from search_ui.times import at_title, duration_title, rate_title


def test_a_time_is_told_in_utc() -> None:
    at = datetime(2026, 11, 22, 1, 3, 10, 999_999, timezone(timedelta(hours=2)))
    assert at_title(at) == "2026-11-21 23:03:10"
    assert at_title(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02 00:00:00"


@pytest.mark.parametrize(
    ("seconds", "title"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (12.4, "12 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (7_500, "2 h 5 min"),
        (3_600, "1 h"),
        (86_400 * 3 + 4 * 3_600 + 59, "3 d 4 h"),
    ],
)
def test_durations(seconds: float, title: str) -> None:
    assert duration_title(seconds) == title


def test_rates() -> None:
    assert rate_title(90, 2.0, "files") == "45 files a second"
    assert rate_title(3, 2.0, "files") == "1.5 files a second"
    assert rate_title(3, 0.0, "files") == ""
