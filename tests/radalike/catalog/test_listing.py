"""The catalog answers filters as `filters.matches` does, on every database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radalike.catalog.listing import (
    SeriesSummary,
    fields_of_part,
    labels_in,
    number_of,
    numbers_passing,
    one_series,
    records_numbered,
    records_of_series,
    series_of_study,
)
from radalike.catalog.store import Catalog, Part, PartRow
from radalike.filters import (
    And,
    Filter,
    any_of,
    between,
    eq,
    has_id,
    is_empty,
    matches,
    not_,
)
from radalike.records import ImageRecord, Metadata, Term, payload_of

FIRST, TILED = "1" * 16, "2" * 16
WORDS = ("chest", "Chest", "brain", "", 'it\'s "100%" \\ [a], é\u2603')
MANY = 600


def image(number: int) -> str:
    return f"{number:08}-0000-5000-8000-000000000000"


def record(number: int) -> ImageRecord:
    """Image `number`: fields are there or not in turns."""
    word = WORDS[number % len(WORDS)]
    metadata = Metadata(
        dataset="set",
        modality=Term(("CT", "MR", "XR")[number % 3], "made", 1.0),
        anatomy=Term(word or "unknown", "made", 1.0),
        organ=None if number % 2 else word,
        labels=tuple(dict.fromkeys((word, WORDS[number % 3]))) if number % 4 else (),
        age=None if number % 5 == 0 else number,
        year=None if number % 3 else 2000 + number % 7,
        patient=None if number % 6 == 0 else f"patient-{number // 6}",
        study=None if number % 8 == 0 else f"study-{number // 8}",
        series=None if number % 4 == 0 else f"series-{number // 4}",
    )
    return ImageRecord(
        id=image(number),
        content=f"{number:064}",
        metadata=metadata,
        width=4,
        height=4,
        frame=number % 2,
    )


RECORDS = [record(number) for number in range(40)]


@pytest.fixture(scope="module")
def urls(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    path: Path = tmp_path_factory.mktemp("listing") / "catalog.sqlite"
    return {"sqlite": f"sqlite:///{path}", "postgres": postgresql}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def filled(request: pytest.FixtureRequest, urls: dict[str, str]) -> Iterator[Catalog]:
    """RECORDS in one part, and tiles of two of them in another."""
    from tests.radalike.catalog.conftest import emptied

    if request.param == "postgres":
        emptied(urls["postgres"])
    catalog = Catalog.open(urls[request.param])
    catalog.add_encoder(FIRST, "first", 4, {})
    catalog.add_encoder(TILED, "first", 4, {})
    one = Part("one", FIRST, len(RECORDS), "0" * 64, "float32")
    catalog.commit(part=one, records=RECORDS)
    tiles = [PartRow(image(number), region) for number in (5, 4) for region in ("0,0,2,2", "2,0")]
    catalog.commit(part=Part("tiles", TILED, 4, "0" * 64, "float32"), rows=tiles)
    yield catalog
    catalog.close()


texts, numbers = st.sampled_from(["modality", "labels", "organ", "patient"]), st.just("age")
words = st.sampled_from([*WORDS, "CT", "MR", "patient-1", "nothing"])
ages = st.integers(-1, 41) | st.sampled_from([2**70, -(2**70), 2**31])
leaves: st.SearchStrategy[Filter] = st.one_of(
    st.builds(eq, texts, words),
    st.builds(eq, numbers, ages),
    st.builds(any_of, texts, st.lists(words, max_size=3)),
    st.builds(any_of, numbers, st.lists(ages, max_size=3)),
    st.builds(between, numbers, st.none() | ages, st.none() | ages),
    st.builds(is_empty, texts | numbers),
    st.builds(has_id, st.lists(st.integers(0, 45).map(image), max_size=4)),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(not_, inner),
        st.builds(lambda parts: And(tuple(parts)), st.lists(inner, max_size=3)),
    ),
    max_leaves=6,
)


def expected(condition: Filter) -> list[str]:
    return [each.id for each in RECORDS if matches(condition, each.id, payload_of(each.metadata))]


def found(catalog: Catalog, condition: Filter) -> list[str]:
    numbers = numbers_passing(catalog.engine, condition)
    records = records_numbered(catalog.engine, numbers)
    return [records[number].id for number in numbers]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(conditions)
def test_rows_are_matches(filled: Catalog, condition: Filter) -> None:
    assert found(filled, condition) == expected(condition)


@pytest.mark.parametrize(
    "condition",
    [
        has_id([image(number) for number in range(3, MANY)]),
        any_of("patient", [f"patient-{number}" for number in range(2, MANY)]),
        any_of("labels", ["brain", *(f"label-{number}" for number in range(MANY))]),
        any_of("age", range(7, MANY)),
    ],
    ids=["ids", "patients", "labels", "ages"],
)
def test_lists_of_any_length(filled: Catalog, condition: Filter) -> None:
    assert found(filled, condition) == expected(condition) != []
    assert found(filled, not_(condition)) == expected(not_(condition)) != []


def test_records_come_by_number(filled: Catalog) -> None:
    number = number_of(filled.engine, image(7))
    assert number is not None
    assert records_numbered(filled.engine, [number, 9999]) == {number: replace(RECORDS[7])}
    assert number_of(filled.engine, image(99)) is None


def test_a_series_is_in_the_order_it_was_added(filled: Catalog) -> None:
    listed = records_of_series(filled.engine, "series-1")
    assert listed == [RECORDS[number] for number in (5, 6, 7)]
    assert records_of_series(filled.engine, "series-99") == []


def test_a_study_lists_its_series_and_images_of_none(filled: Catalog) -> None:
    modality = [each.metadata.modality.value for each in RECORDS]
    anatomy = [each.metadata.anatomy.value for each in RECORDS]
    assert series_of_study(filled.engine, "study-1") == [
        SeriesSummary("series-2", modality[9], anatomy[9], 3, image(9)),
        SeriesSummary(None, modality[12], anatomy[12], 1, image(12)),
        SeriesSummary("series-3", modality[13], anatomy[13], 3, image(13)),
    ]
    assert one_series(filled.engine, "series-2") == series_of_study(filled.engine, "study-1")[:1]
    assert series_of_study(filled.engine, "study-99") == []


def test_fields_of_a_part(filled: Catalog) -> None:
    rows = sorted(fields_of_part(filled.engine, "one", ["modality", "labels", "age"]))
    assert [row[1] for row in rows] == [each.metadata.modality.value for each in RECORDS]
    assert [tuple(labels_in(row[2])) for row in rows] == [each.metadata.labels for each in RECORDS]
    assert [row[3] for row in rows] == [each.metadata.age for each in RECORDS]


def test_an_image_with_tiles_is_one_row(filled: Catalog) -> None:
    rows = sorted(fields_of_part(filled.engine, "tiles", ["age"]))
    assert rows == [(number_of(filled.engine, image(n)), RECORDS[n].metadata.age) for n in (4, 5)]
    assert fields_of_part(filled.engine, "gone", ["age"]) == []
