"""Pages of images, series and studies are what the catalog lists, also while it changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.catalog.listing import SeriesSummary
from radalike.errors import RecordNotFound, UsageError
from radalike.filters import And, Filter, eq
from radalike.library import Library
from radalike.records import ImageRecord
from tests.radalike.library import erasures
from tests.radalike.library.described import add_part, conditions_on, filled, image, record

IMAGES = 50


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    yield from filled(tmp_path_factory.mktemp("browse") / "library", [range(23), range(23, IMAGES)])


def pages(library: Library, condition: Filter | None, limit: int) -> list[list[ImageRecord]]:
    found, after = [], None
    while True:
        page = library.browse(condition, after, limit)
        found.append(list(page.records))
        after = page.after
        if after is None:
            return found


names = st.sampled_from(["modality", "labels", "age", "organ", "patient", "series"])
conditions = st.lists(names.flatmap(conditions_on), max_size=2).map(lambda each: And(tuple(each)))


@given(conditions, st.integers(1, 60))
def test_pages_are_all_that_passes_newest_first(
    library: Library, condition: Filter, limit: int
) -> None:
    expected = list(library.records(condition))[::-1]
    found = pages(library, condition, limit)
    assert [each for page in found for each in page] == expected
    assert all(len(page) == limit for page in found[:-1])
    assert found[-1] or not expected
    assert library.browse(condition, None, limit).total == len(expected)


def test_a_page_after_an_image(library: Library) -> None:
    page = library.browse(None, image(10).upper(), 3)
    assert [each.id for each in page.records] == [image(number) for number in (9, 8, 7)]
    assert page.total == IMAGES
    with pytest.raises(RecordNotFound, match="no longer in this library"):
        library.browse(None, image(999), 3)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_page_has_an_image_or_more(library: Library, limit: int) -> None:
    with pytest.raises(UsageError, match="a page of"):
        library.browse(limit=limit)


def test_what_is_added_meanwhile_moves_no_page(tmp_path: Path) -> None:
    for library in filled(tmp_path / "library", [range(6)]):
        first = library.browse(limit=3)
        add_part(library, range(6, 9))
        second = library.browse(None, first.after, 3)
        assert [each.id for each in (*first.records, *second.records)] == [
            image(number) for number in (5, 4, 3, 2, 1, 0)
        ]
        assert second.after is None
        assert [each.id for each in library.browse(limit=1).records] == [image(8)]


def test_what_is_erased_meanwhile_is_left_out(tmp_path: Path) -> None:
    with erasures.open_small(tmp_path / "library") as library:
        _, other = erasures.fill(library)
        first = library.browse(limit=6)
        left = [each.id for each in library.records(eq("patient", other))][::-1]
        library.erase_patient(erasures.A)
        after = first.after
        seen = [each.id for each in first.records if each.metadata.patient == other]
        while after is not None:
            page = library.browse(None, after, 6)
            seen += [each.id for each in page.records]
            after = page.after
        assert seen == left


def test_a_series(library: Library) -> None:
    assert library.series_of(image(6)) == [record(number) for number in (5, 6, 7)]
    assert library.series_of(image(8)) == [record(8)]
    with pytest.raises(RecordNotFound):
        library.series_of(image(999))


def summary(number: int, images: int) -> SeriesSummary:
    meta = record(number).metadata
    series = meta.series
    return SeriesSummary(series, meta.modality.value, meta.anatomy.value, images, image(number))


def test_a_study(library: Library) -> None:
    assert library.study_of(image(13)) == [summary(11, 1), summary(12, 1), summary(13, 2)]
    assert library.study_of(image(12)) == library.study_of(image(13))
    with pytest.raises(RecordNotFound):
        library.study_of(image(999))


def test_an_image_of_no_study_shows_its_series_or_itself(library: Library) -> None:
    assert library.study_of(image(5)) == [summary(5, 3)]
    assert library.study_of(image(20)) == [summary(20, 1)]
