"""The receiver in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from radalike.library import Library
from radalike.library.ingesting.receiver_state import STALE_SECONDS, Health, State
from search_ui.ingesting.receiver import Mood, health_view, receiver_view

HEALTH = Health(State.RUNNING, 7, 1000.0, 2000.0, 1234, 1, 2, 1200, 3, 30, None)


def test_one_that_runs() -> None:
    view = health_view(HEALTH, now=2001.0)
    assert (view.mood, view.heading) == (Mood.GOOD, "Running")
    facts = dict(view.facts)
    assert facts["Received"] == "1,234"
    assert facts["Rejected"] == "30"
    assert facts["Last heard of (UTC)"] == "1970-01-01 00:33:20"


@pytest.mark.parametrize("state", State)
def test_each_state_has_its_words(state: State) -> None:
    fields = {name: getattr(HEALTH, name) for name in Health.__slots__} | {"state": state}
    view = health_view(Health(**fields), now=2001.0)
    assert view.heading == state.capitalize()
    assert (view.mood is Mood.BAD) == (state is State.DEGRADED)
    assert "{" not in view.text


def test_why_it_is_degraded() -> None:
    fields = {name: getattr(HEALTH, name) for name in Health.__slots__}
    health = Health(**fields | {"state": State.DEGRADED, "last_error": "StorageFull"})
    assert "just now (StorageFull)." in health_view(health, now=2001.0).text


def test_one_that_was_killed() -> None:
    view = health_view(HEALTH, now=2000.0 + STALE_SECONDS + 170)
    assert (view.mood, view.heading) == (Mood.BAD, "Not heard of for 3 min 20 s")
    assert "It was running then" in view.text


def test_never_set_up_and_not_to_be_read(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library", create=True) as library:
        assert receiver_view(library).heading == "Not set up"
        library.layout.receiver_state.write_text("{")
        view = receiver_view(library)
    assert (view.mood, view.heading) == (Mood.BAD, "Not known")
