from __future__ import annotations

import pytest

from ingest.batches import LiveBatches


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_batch_is_over_when_it_has_been_quiet_once() -> None:
    clock = Clock()
    batches = LiveBatches(10.0, clock)
    told = []
    for second in range(60):
        clock.now = float(second)
        listed = 5 if second >= 30 else 3 if second >= 2 else 0
        ended = 5 if second >= 34 else 3 if second >= 4 else 0
        if batches.over(listed, ended):
            told.append((second, batches.seconds))
    assert told == [(14, 2.0), (44, 4.0)]


@pytest.mark.parametrize("listed", [0, 3])
def test_no_batch_is_over_without_anything_or_before_all_has_ended(listed: int) -> None:
    clock = Clock()
    batches = LiveBatches(10.0, clock)
    for second in range(100):
        clock.now = float(second)
        assert not batches.over(listed, 0)
