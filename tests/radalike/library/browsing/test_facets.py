"""Facets are what counting by hand gives, whatever has been built, while images come and go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radalike.filters import Filter, any_of, eq, has_id, matches, not_
from radalike.library import Library
from radalike.library.browsing.facets import FACET_FIELDS, Facets
from radalike.records import PAYLOAD_FIELDS, payload_of
from tests.radalike.library.described import conditions_on, filled, image

IMAGES = 60


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    parts = [range(20), range(20, 21), range(21, IMAGES)]
    yield from filled(tmp_path_factory.mktemp("facets") / "library", parts)


def counted(library: Library, conditions: Mapping[str, Filter]) -> Facets:
    records = [(each.id, payload_of(each.metadata)) for each in library.records()]
    counts = {}
    for name in FACET_FIELDS:
        others = [each for field, each in conditions.items() if field != name]
        found = Counter(
            value
            for point, payload in records
            if all(matches(each, point, payload) for each in others)
            for value in _values(payload.get(name))
        )
        counts[name] = dict(found)
    passing = sum(
        all(matches(each, point, payload) for each in conditions.values())
        for point, payload in records
    )
    return Facets(counts, passing, len(records))


def _values(value: object) -> list[object]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


@st.composite
def filters(draw: st.DrawFn) -> dict[str, Filter]:
    names = draw(st.lists(st.sampled_from(list(PAYLOAD_FIELDS)), unique=True, max_size=4))
    return {name: draw(conditions_on(name)) for name in names}


@given(conditions=filters())
def test_counts_are_those_by_hand(library: Library, conditions: dict[str, Filter]) -> None:
    assert library.facets(conditions) == counted(library, conditions)


def test_a_field_s_own_filter_leaves_its_counts_alone(library: Library) -> None:
    free, bound = library.facets(), library.facets({"modality": eq("modality", "CT")})
    assert bound.counts["modality"] == free.counts["modality"]
    assert sum(bound.counts["anatomy"].values()) == free.counts["modality"]["CT"] == bound.passing
    assert bound.total == free.total == free.passing == IMAGES


def test_a_condition_of_no_facet_field_holds_for_all(library: Library) -> None:
    some = {"query": has_id([image(3), image(30)]), "patient": not_(eq("patient", "patient-0"))}
    facets = library.facets(some)
    assert facets.passing == 1
    assert sum(facets.counts["modality"].values()) == 1


def test_words_come_by_frequency_and_numbers_by_size(library: Library) -> None:
    facets = library.facets({"dataset": any_of("dataset", ["first", "second"])})
    for name in ("modality", "anatomy", "labels", "organ"):
        counts = list(facets.counts[name].items())
        assert counts == sorted(counts, key=lambda entry: (-entry[1], str(entry[0])))
    for name in ("age", "year"):
        assert list(facets.counts[name]) == sorted(facets.counts[name])
    assert 0 in facets.counts["age"]
    assert "" in facets.counts["labels"]


@pytest.mark.parametrize("backend", ["edge", "exact"])
def test_the_engine_counts_the_same(library: Library, backend: str) -> None:
    if backend == "edge":
        library.build_index()
    searcher = library.searcher if backend == "edge" else library.exact_searcher
    searcher.refresh()
    assert searcher.backend == backend
    condition = any_of("anatomy", ["chest", "brain"])
    facets = library.facets({"anatomy": condition})
    for name in ("modality", "labels", "organ", "split", "sex"):
        assert searcher.facet(name, condition) == facets.counts[name]
        assert list(searcher.facet(name, condition)) == list(facets.counts[name])
    assert searcher.count(condition) == facets.passing


def test_an_empty_library(tmp_path_factory: pytest.TempPathFactory) -> None:
    for library in filled(tmp_path_factory.mktemp("empty") / "library", []):
        facets = library.facets({"modality": eq("modality", "CT")})
        assert facets == Facets({name: {} for name in FACET_FIELDS}, 0, 0)


@settings(max_examples=5)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_counts_follow_the_parts(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
) -> None:
    from tests.radalike.library.described import add_part

    for library in filled(tmp_path_factory.mktemp("grows") / "library", []):
        start = 0
        for size in sizes:
            add_part(library, range(start, start + size))
            start += size
            assert library.facets() == counted(library, {})
