"""Hits in contract order from engines that cut ties as they like."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from radalike.index.backend import by_frequency, search_width, settled
from radalike.records import Hit


@given(
    st.lists(st.tuples(st.integers(0, 999), st.sampled_from([0.1, 0.5, 0.9])), max_size=60),
    st.integers(1, 20),
    st.randoms(use_true_random=False),
)
def test_the_list_is_one_whatever_the_engine_s_order_among_ties(
    points: list[tuple[int, float]], limit: int, random: st.DataObject
) -> None:
    hits = [Hit(f"{number:03}", score, {}) for number, score in dict(points).items()]

    def fetch(wanted: int) -> list[Hit]:
        """The best by score; which of the equal ones, and in what order, is chance."""
        random.shuffle(hits)  # type: ignore[attr-defined]
        return sorted(hits, key=lambda hit: -hit.score)[:wanted]

    expected = sorted(hits, key=lambda hit: (-hit.score, hit.id))[:limit]
    assert settled(fetch, limit) == tuple(expected)


def test_one_more_than_the_limit_is_enough_where_there_is_no_tie() -> None:
    asked: list[int] = []

    def fetch(wanted: int) -> list[Hit]:
        asked.append(wanted)
        return [Hit(str(number), 1 - number / 100, {}) for number in range(50)][:wanted]

    assert len(settled(fetch, 10)) == 10
    assert asked == [11]


@given(st.integers(1, 1000), st.booleans())
def test_the_graph_is_searched_wider_than_the_limit(limit: int, filtered: bool) -> None:
    assert search_width(limit, filtered=filtered) >= max(48, 4 * limit)


def test_by_frequency() -> None:
    counts = {"b": 2, "c": 5, "gone": 0, "a": 2}
    assert list(by_frequency(counts).items()) == [("c", 5), ("a", 2), ("b", 2)]
