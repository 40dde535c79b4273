from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from radalike.library.search.marks import Marks
from radalike.library.search.regions import Region
from radalike.library.search.uploads import UploadInfo
from search_ui.filtering.filter_state import Filters
from search_ui.searching.search_state import SearchState, to_params
from search_ui.searching.visit import (
    Asked,
    Shown,
    UploadedQuery,
    Visit,
    at_address,
    back,
    closed,
    marked,
    opened,
    shown_as,
    similar_to,
    with_region,
    with_text,
    with_upload,
    without_filters,
    without_marks,
    without_query,
)

A, B, C = (f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
FILTERED = Visit(SearchState(filters=Filters(modality=("CT",)), limit=50))
UPLOADED = UploadedQuery(
    "token",
    UploadInfo("raster", 1, 80, 96, "unknown", "unknown"),
    Shown(),
    b"jpeg",
    "content",
    80,
    96,
)
PART = Region(0.25, 0.25, 0.5, 0.5)


def test_a_similar_image_becomes_the_query_and_the_filters_stay() -> None:
    visit = similar_to(FILTERED, A)
    assert visit == Visit(replace(FILTERED.state, like=A))
    assert visit.has_query
    assert not FILTERED.has_query


def test_the_way_back_from_a_similar_image_to_the_upload() -> None:
    uploaded = with_upload(FILTERED, UPLOADED)
    visit = similar_to(similar_to(uploaded, A), B)
    assert visit.trail == (Asked(None, "", None), Asked(A, "", None))
    assert back(visit).state.like == A
    assert back(back(visit)) == uploaded
    assert back(uploaded) == uploaded


@given(st.lists(st.uuids().map(str), unique=True))
def test_as_many_steps_back_as_were_taken_lead_to_the_start(images: list[str]) -> None:
    start = with_upload(FILTERED, UPLOADED)
    visit = start
    for image in images:
        visit = similar_to(visit, image)
    for _ in images:
        visit = back(visit)
    assert visit == start


def test_asking_for_the_query_itself_changes_nothing() -> None:
    visit = similar_to(FILTERED, A)
    assert similar_to(visit, A) == visit


def test_an_upload_begins_a_new_way() -> None:
    visit = with_upload(similar_to(similar_to(FILTERED, A), B), UPLOADED)
    assert (visit.state, visit.uploaded, visit.trail) == (FILTERED.state, UPLOADED, ())


def test_without_a_query_the_filters_stay_and_without_filters_the_query() -> None:
    visit = similar_to(with_upload(FILTERED, UPLOADED), A)
    assert without_query(visit) == FILTERED
    assert without_filters(visit).state == SearchState(like=A, limit=50)
    assert without_filters(visit).trail == visit.trail


def test_the_first_address_counts() -> None:
    visit = at_address(Visit(), {"like": [A], "modality": ["CT"]}, None, acted=False)
    assert visit == Visit(SearchState(like=A, filters=Filters(modality=("CT",))))


def test_the_address_that_was_written_changes_nothing() -> None:
    visit = similar_to(similar_to(FILTERED, A), B)
    address = {**to_params(visit.state), "embed": ["true"]}
    assert at_address(visit, address, to_params(visit.state), acted=False) is visit


def test_an_address_from_before_the_last_click_changes_nothing() -> None:
    visit = similar_to(FILTERED, A)
    assert at_address(visit, {"modality": ["MR"]}, to_params(visit.state), acted=True) is visit


def test_back_and_forward_in_the_browser() -> None:
    first = similar_to(with_upload(FILTERED, UPLOADED), A)
    second = similar_to(first, B)

    def moved(visit: Visit, target: Visit) -> Visit:
        return at_address(visit, to_params(target.state), to_params(visit.state), acted=False)

    assert moved(second, first) == first
    assert moved(first, second) == second
    assert moved(moved(second, first), with_upload(FILTERED, UPLOADED)).uploaded is UPLOADED
    assert moved(second, FILTERED) == FILTERED


def test_an_address_with_other_filters_keeps_query_and_trail() -> None:
    visit = similar_to(with_upload(FILTERED, UPLOADED), A)
    moved = at_address(visit, {"like": [A]}, to_params(visit.state), acted=False)
    assert moved == replace(visit, state=SearchState(like=A))


def test_words_are_a_query_and_the_way_back_leads_to_the_upload() -> None:
    uploaded = with_upload(FILTERED, UPLOADED)
    visit = with_text(uploaded, "  pleural \n effusion ")
    assert visit.state.text == "pleural effusion"
    assert visit.has_query
    assert not visit.asks_with_upload
    assert back(visit) == uploaded
    assert similar_to(visit, A).trail[-1] == Asked(None, "pleural effusion", None)


def test_no_words_ask_nothing() -> None:
    assert with_text(FILTERED, " \n") is FILTERED


def test_a_region_is_of_the_query_and_goes_with_it() -> None:
    whole = similar_to(FILTERED, A)
    visit = with_region(whole, PART)
    assert visit.state.region == PART
    assert similar_to(visit, B).state.region is None
    assert back(similar_to(visit, B)).state.region == PART
    assert with_region(visit, None) == whole
    assert with_region(visit, PART) is visit


def test_words_and_nothing_have_no_region() -> None:
    assert with_region(with_text(FILTERED, "lung"), PART).state.region is None
    assert with_region(FILTERED, PART).state.region is None
    assert with_region(with_upload(FILTERED, UPLOADED), PART).state.region == PART


def test_an_image_is_looked_at_and_left_again() -> None:
    visit = similar_to(FILTERED, A)
    assert opened(visit, B).state == replace(visit.state, opened=B)
    assert closed(opened(visit, B)) == visit
    assert similar_to(opened(visit, B), B).state.opened is None
    assert similar_to(opened(visit, A), A) == visit


@given(st.lists(st.tuples(st.sampled_from([A, B, C]), st.booleans())))
def test_an_image_is_marked_once_and_the_last_mark_counts(steps: list[tuple[str, bool]]) -> None:
    visit, said = similar_to(FILTERED, A), dict[str, bool]()
    for image, relevant in steps:
        visit = marked(visit, image, relevant=relevant)
        if said.get(image) == relevant:
            del said[image]
        else:
            said[image] = relevant
    assert set(visit.marks.relevant) == {image for image, good in said.items() if good}
    assert set(visit.marks.not_relevant) == {image for image, good in said.items() if not good}
    assert without_marks(visit) == similar_to(FILTERED, A)


def test_marks_are_of_one_query() -> None:
    visit = marked(with_upload(FILTERED, UPLOADED), A, relevant=True)
    assert visit.marks == Marks((A,), ())
    assert similar_to(visit, B).marks == Marks()
    assert with_text(visit, "lung").marks == Marks()
    assert with_region(visit, PART).marks == Marks()
    assert shown_as(visit, UPLOADED).marks == Marks()
    assert back(marked(similar_to(visit, B), A, relevant=False)).marks == Marks()
    assert without_filters(visit).marks == visit.marks
    assert opened(visit, B).marks == visit.marks


def test_back_in_the_browser_closes_an_image_and_keeps_the_marks() -> None:
    results = marked(similar_to(FILTERED, A), B, relevant=True)
    looking = opened(results, C)
    left = at_address(looking, to_params(results.state), to_params(looking.state), acted=False)
    assert left == results
