from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search_ui.search_state import SearchState, to_params
from search_ui.visit import (
    UploadedQuery,
    Visit,
    at_address,
    back,
    similar_to,
    with_upload,
    without_filters,
    without_query,
)

A, B = (f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2))
FILTERED = Visit(SearchState(modality=("CT",), limit=30))
UPLOADED = UploadedQuery(np.full(4, 0.5, dtype=np.float32), b"jpeg", 80, 96)


def test_a_similar_image_becomes_the_query_and_the_filters_stay() -> None:
    visit = similar_to(FILTERED, A)
    assert visit == Visit(replace(FILTERED.state, like=A))
    assert visit.has_query
    assert not FILTERED.has_query


def test_the_way_back_from_a_similar_image_to_the_upload() -> None:
    uploaded = with_upload(FILTERED, UPLOADED)
    visit = similar_to(similar_to(uploaded, A), B)
    assert visit.trail == (None, A)
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
    assert without_filters(visit).state == SearchState(like=A, limit=30)
    assert without_filters(visit).trail == visit.trail


def test_the_first_address_counts() -> None:
    visit = at_address(Visit(), {"like": [A], "modality": ["CT"]}, None, acted=False)
    assert visit == Visit(SearchState(like=A, modality=("CT",)))


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
