"""The index's health in words, and what visitors share of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from radalike.library import Library
from radalike.library.indexing.canary import LEAST_RECALL, Canary
from radalike.library.search.closeness import MOST_PENDING
from radalike.library.status import IndexState
from search_ui.library_view.health import Verdict, canary_verdict, pending_verdict
from search_ui.library_view.watch import STATUS_SECONDS, Checked, Watch

FOUND = Canary("edge", 50, 10, 0.999, "id", 0.9, 0.42, 9.6)
AT = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "good", "heading"),
    [
        (IndexState(0, 0), None, "There is nothing to index yet"),
        (IndexState(1420, 0), True, "The index is up to date"),
        (IndexState(1420, 1), True, "1 vector not in the index yet"),
        (IndexState(0, MOST_PENDING), False, "50,000 vectors not in the index yet"),
    ],
)
def test_what_the_index_lacks(state: IndexState, good: bool | None, heading: str) -> None:
    verdict = pending_verdict(state)
    assert (verdict.good, verdict.heading) == (good, heading)


def test_the_canary() -> None:
    verdict = canary_verdict(Checked(FOUND, AT))
    assert verdict.good
    assert verdict.heading == "Embedded index: finds 99.9% of what exact search finds"
    assert "50 images asked for their 10 nearest, 2026-11-22 14:00:00 UTC" in verdict.text
    assert "id" not in verdict.text.split()
    low = canary_verdict(Checked(replace(FOUND, recall=LEAST_RECALL - 0.01), AT))
    assert low.good is False
    assert "build it from nothing" in low.text
    assert isinstance(canary_verdict(None), Verdict)
    assert canary_verdict(None).good is None


class _Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_status_is_shared_for_ten_seconds_and_until_there_is_news(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = _Clock()
    watch = Watch(clock)
    with Library.open(tmp_path / "library", create=True) as library:
        first = watch.look(library)
        clock.now += STATUS_SECONDS - 0.1
        assert watch.look(library) is first
        clock.now += 0.1
        second = watch.look(library)
        assert second is not first
        assert watch.look(library, news="a job") is not second

        status = library.status

        def slow() -> object:
            clock.now += 5.0
            return status()

        monkeypatch.setattr(library, "status", slow)
        third = watch.look(library, news="another")
        clock.now += 49.9
        assert watch.look(library, news="another") is third
        clock.now += 0.1
        assert watch.look(library, news="another") is not third
