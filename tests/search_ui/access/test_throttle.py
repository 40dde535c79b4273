from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from search_ui.access.throttle import FREE_BY_ADDRESS, FREE_BY_NAME, Throttle


def test_the_wait_grows_after_five_failures() -> None:
    throttle, now, waits = Throttle(), 0.0, []
    for _ in range(FREE_BY_NAME + 11):
        wait = throttle.begin("ada", "10.0.0.1", now)
        waits.append(wait)
        if wait:
            now += wait
            assert throttle.begin("ada", "10.0.0.1", now) == 0
    assert waits == [0] * 5 + [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_what_is_refused_does_not_lengthen_the_wait() -> None:
    throttle = Throttle()
    for _ in range(FREE_BY_NAME):
        throttle.begin("ada", "10.0.0.1", 0.0)
    assert [throttle.begin("ada", "10.0.0.1", 0.25) for _ in range(9)] == [0.75] * 9


def test_another_address_waits_for_the_same_name() -> None:
    throttle = Throttle()
    for number in range(FREE_BY_NAME):
        throttle.begin("ada", f"10.0.0.{number}", 0.0)
    assert throttle.begin("ada", "10.0.0.99", 0.0) == 1
    assert throttle.begin("bo", "10.0.0.99", 0.0) == 0


@pytest.mark.parametrize("same", ["10.0.0.1", "2001:db8::{}", "::ffff:10.0.0.1"])
def test_other_names_wait_for_the_same_address(same: str) -> None:
    throttle = Throttle()
    for number in range(FREE_BY_ADDRESS):
        assert throttle.begin(f"name {number}", same.format(number), 0.0) == 0
    assert throttle.begin("another", same.format(77), 0.0) == 1
    assert throttle.begin("another", "10.0.0.2", 0.0) == 0


def test_who_gets_in_begins_anew_and_the_address_does_not() -> None:
    throttle = Throttle()
    for _ in range(FREE_BY_NAME - 1):
        throttle.begin("ada", "10.0.0.1", 0.0)
    throttle.begin("ada", "10.0.0.1", 0.0)
    throttle.succeeded("ada", "10.0.0.1")
    assert throttle.begin("ada", "10.0.0.1", 0.0) == 0
    for number in range(FREE_BY_ADDRESS - FREE_BY_NAME):
        assert throttle.begin(f"name {number}", "10.0.0.1", 0.0) == 0
    assert throttle.begin("another", "10.0.0.1", 0.0) == 1


def test_failures_are_forgotten_after_an_hour() -> None:
    throttle = Throttle()
    for _ in range(FREE_BY_NAME):
        throttle.begin("ada", "10.0.0.1", 0.0)
    assert [throttle.begin("ada", "10.0.0.1", 3600.0) for _ in range(5)] == [0] * 5


def test_memory_is_bounded() -> None:
    throttle = Throttle(most=10)
    for number in range(1000):
        throttle.begin(f"name {number}", f"10.0.{number // 256}.{number % 256}", 0.0)
    assert len(throttle._failures) == 10


def test_many_at_once_are_no_way_around() -> None:
    throttle = Throttle()
    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda _: throttle.begin("ada", "10.0.0.1", 0.0), range(64)))
    assert waits.count(0) == FREE_BY_NAME
