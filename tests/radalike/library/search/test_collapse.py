"""Collapsing: one hit a series and a content, as many as were asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.errors import UsageError
from radalike.filters import Filter, eq, matches
from radalike.library import Library
from radalike.library.search.collapse import collapsed
from radalike.records import Hit
from tests.radalike.library.made_vectors import directions, made_library, put

GROUPS = st.lists(
    st.tuples(st.sampled_from([None, "a", "b", "c", "d"]), st.sampled_from("uvwxyz")), max_size=40
)


def by_hand(hits: list[Hit], contents: dict[str, str]) -> tuple[list[Hit], dict[str, int]]:
    """From the definition, of all hits at once."""
    kept: list[Hit] = []
    folded: dict[str, int] = {}
    for hit in hits:
        for better in kept:
            series = hit.payload.get("series")
            if (series is not None and series == better.payload.get("series")) or (
                contents[hit.id] == contents[better.id]
            ):
                folded[better.id] = folded.get(better.id, 0) + 1
                break
        else:
            kept.append(hit)
    return kept, folded


@given(GROUPS, st.integers(1, 12))
def test_as_all_of_them_by_hand(groups: list[tuple[str | None, str]], limit: int) -> None:
    every = [
        Hit(f"{row}", 1 - row / 100, {} if series is None else {"series": series})
        for row, (series, _) in enumerate(groups)
    ]
    contents = {f"{row}": content for row, (_, content) in enumerate(groups)}
    fetched: list[int] = []
    given: list[str] = []

    def fetch(count: int, among: Filter | None) -> list[Hit]:
        passing = [hit for hit in every if among is None or matches(among, hit.id, hit.payload)]
        fetched.append(count)
        given.extend(hit.id for hit in passing[:count])
        return passing[:count]

    hits, folded = collapsed(fetch, lambda ids: {each: contents[each] for each in ids}, limit)
    kept, all_folded = by_hand(every, contents)
    assert list(hits) == kept[:limit]
    assert fetched == [2 * limit * 2**round_ for round_ in range(len(fetched))]
    assert len(given) == len(set(given))
    fetched_hits = [hit for hit in every if hit.id in given]
    counted = by_hand(fetched_hits, contents)[1]
    assert folded == {hit.id: counted[hit.id] for hit in hits if hit.id in counted}
    if len(given) == len(every):
        assert folded == {hit.id: all_folded[hit.id] for hit in hits if hit.id in all_folded}


def test_what_was_erased_meanwhile_has_no_content() -> None:
    every = [Hit("a", 1, {}), Hit("b", 0.9, {})]
    assert collapsed(lambda count, _among: every[:count], lambda _ids: {}, 2) == (tuple(every), {})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Five series of 30 slices, each around a direction of its own, and a copy of the first slice
    of each outside of any series; two thirds are built."""
    centres = directions(5)
    slices = np.repeat(centres, 30, axis=0) + 0.02 * directions(150, seed=1)
    vectors = slices / np.linalg.norm(slices, axis=1, keepdims=True)
    with made_library(tmp_path_factory.mktemp("collapse") / "library") as library:
        put(
            library,
            vectors.astype(np.float32),
            series=[f"s{row // 30}" for row in range(150)],
            patients=[f"p{row // 60}" for row in range(150)],
        )
        library.build_index()
        put(
            library,
            vectors[::30].astype(np.float32),
            contents=[str(row) for row in range(0, 150, 30)],
            start=150,
        )
        yield library


@pytest.mark.parametrize("exact", [False, True])
def test_a_series_is_one_hit(exact: bool, made: Library) -> None:
    ids = list(made.metadata())
    result = made.search(ids[1], 10, collapse=True, exact=exact)
    # Every series, with its first slice's copy folded into it or standing alone before it.
    series = [hit.payload.get("series") for hit in result.hits]
    named = [name for name in series if name]
    assert sorted(named) == ["s0", "s1", "s2", "s3", "s4"]
    assert named[0] == "s0"
    contents = made.catalog.contents([hit.id for hit in result.hits])
    assert len(set(contents.values())) == len(result.hits)
    assert result.folded[result.hits[0].id] > 10
    assert set(result.folded) <= {hit.id for hit in result.hits}
    scores = [hit.score for hit in result.hits]
    assert scores == sorted(scores, reverse=True)
    plain = made.search(ids[1], 10, exact=exact)
    assert plain.folded == {}
    assert plain.hits[0] == result.hits[0]


def test_with_filters_and_without_a_patient(made: Library) -> None:
    ids = list(made.metadata())
    result = made.search(ids[0], 10, eq("patient", "p1"), collapse=True)
    assert {hit.payload["series"] for hit in result.hits} == {"s2", "s3"}
    assert sorted(result.folded.values()) == [19, 29]  # of the first 20, of the next 40
    without = made.search(ids[0], 10, collapse=True, exclude_patient="p0")
    assert {hit.payload.get("series") for hit in without.hits} >= {"s2", "s3", "s4"}
    assert {hit.payload.get("patient") for hit in without.hits}.isdisjoint({"p0"})


def test_fewer_when_asked_for_fewer(made: Library) -> None:
    ids = list(made.metadata())
    for limit in (1, 2, 3):
        every = made.search(ids[7], 20, collapse=True).hits
        assert made.search(ids[7], limit, collapse=True).hits == every[:limit]


def test_tiles_are_not_collapsed(made: Library, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="without collapsing"):
        made.search(next(iter(made.metadata())), tiles="2x2", collapse=True)
