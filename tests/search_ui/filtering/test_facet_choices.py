from __future__ import annotations

from radalike.library import Library
from search_ui.filtering.facet_choices import facets_of
from search_ui.filtering.filter_state import Filters, Span
from search_ui.served import Served
from tests.search_ui.pictures import PATIENTS, SLICES


def counts(library: Library, filters: Filters, field: str) -> dict[str, int]:
    return {each.value: each.count for each in facets_of(library, filters).choices[field]}


def test_without_filters_every_image_is_counted(library: Library) -> None:
    facets = facets_of(library, Filters())
    assert (facets.passing, facets.total) == (24, 24)
    assert counts(library, Filters(), "modality") == {"CT": 12, "MR": 6, "US": 6}
    assert counts(library, Filters(), "anatomy") == {"chest": 6, "brain": 12, "thyroid": 6}


def test_a_filter_counts_under_the_other_one_and_not_under_itself(library: Library) -> None:
    filters = Filters(modality=("CT",))
    assert facets_of(library, filters).passing == 12
    assert counts(library, filters, "modality") == {"CT": 12, "MR": 6, "US": 6}
    assert counts(library, filters, "anatomy") == {"chest": 6, "brain": 6}


def test_both_filters(library: Library) -> None:
    filters = Filters(modality=("CT", "MR"), anatomy=("brain",))
    assert facets_of(library, filters).passing == 12
    assert counts(library, filters, "modality") == {"CT": 6, "MR": 6}
    assert counts(library, filters, "anatomy") == {"chest": 6, "brain": 12}


def test_a_choice_that_nothing_passes_can_be_taken_back(library: Library) -> None:
    filters = Filters(modality=("US",), anatomy=("chest",))
    assert counts(library, filters, "modality") == {"CT": 6, "US": 0}
    assert facets_of(library, filters).passing == 0


def test_numbers_are_counted_one_by_one(clinic: Served) -> None:
    facets = facets_of(clinic.library, Filters())
    assert facets.numbers["age"] == {20 + 5 * number: SLICES + 1 for number in range(PATIENTS)}
    assert sum(facets.numbers["year"].values()) == PATIENTS * (SLICES + 1)


def test_a_range_counts_the_others_and_not_itself(clinic: Served) -> None:
    filters = Filters(age=Span(None, 29))
    facets = facets_of(clinic.library, filters)
    assert facets.passing == 2 * (SLICES + 1)
    assert len(facets.numbers["age"]) == PATIENTS
    assert sum(facets.numbers["year"].values()) == 2 * (SLICES + 1)
    assert counts(clinic.library, filters, "dataset") == {"clinic": 2 * (SLICES + 1)}


def test_every_field_follows_the_others(clinic: Served) -> None:
    filters = Filters(laterality=("L",), sex=("M",))
    assert counts(clinic.library, filters, "sex") == {"F": 9, "M": 9}
    assert counts(clinic.library, filters, "laterality") == {"L": 9, "R": 9}
    assert counts(clinic.library, filters, "modality") == {"CT": 9}
    assert counts(clinic.library, filters, "organ") == {"lung": 9}
    assert counts(clinic.library, filters, "split") == {"train": 6, "val": 3}
