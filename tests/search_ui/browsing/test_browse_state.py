"""What is looked at: steps, the address, and the way back from it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.errors import RecordNotFound, UnknownName, UsageError
from search_ui.browsing.browse_state import (
    BrowseState,
    next_page,
    opened,
    own_params,
    previous_page,
    refiltered,
    showing,
    state_at,
    state_from,
    to_params,
)
from search_ui.filtering.filter_state import Filters, Span

IMAGE = "f43ff74e-e9fb-599b-843b-1778f436af1c"
CT = Filters(modality=("CT",))
THIRD = BrowseState(CT, trail=(900, 840))


def test_pages_are_gone_through_and_back() -> None:
    first = BrowseState(CT)
    assert (first.page, first.after) == (1, None)
    third = next_page(next_page(first, 900), 840)
    assert third == THIRD
    assert (third.page, third.after) == (3, 840)
    assert previous_page(previous_page(third)) == first
    assert previous_page(first) == first


def test_page_of_a_link_has_no_number_and_leads_back_to_the_first() -> None:
    linked = state_from({"after": ["840"]})
    assert (linked.page, linked.after) == (None, 840)
    further = next_page(linked, 780)
    assert further.page is None
    assert previous_page(further) == linked
    assert previous_page(linked) == BrowseState()


def test_other_filters_begin_at_the_first_page_and_keep_the_view() -> None:
    state = BrowseState(CT, trail=(900,), counts=True, opened=IMAGE)
    assert refiltered(state, Filters()) == BrowseState(counts=True)


@given(
    st.builds(
        BrowseState,
        st.builds(
            Filters,
            modality=st.sampled_from([(), ("CT",), ("CT", "MR")]),
            labels=st.sampled_from([(), ("<b>&=?#",)]),
            age=st.sampled_from([Span(), Span(40), Span(40, 60)]),
        ),
        counts=st.booleans(),
        opened=st.sampled_from([None, IMAGE]),
    ),
    st.none() | st.integers(0, 10**18 - 1),
)
def test_address_reproduces_the_state(state: BrowseState, after: int | None) -> None:
    if after is not None:
        state = BrowseState(state.filters, (after,), True, state.counts, state.opened)
    assert state_from({**to_params(state), "embed": ["true"]}) == state


def test_parameters_of_other_pages_are_left_alone() -> None:
    assert state_from({"like": ["nonsense"], "limit": ["7"], "open": [IMAGE]}).opened == IMAGE
    assert own_params({"like": [IMAGE], "sex": ["F"], "after": []}) == {"sex": ["F"]}


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "1" * 19, "²", "\u0661"])
def test_page_that_cannot_be(after: str) -> None:
    with pytest.raises(UsageError, match="a page that cannot be"):
        state_from({"after": [after]})


def test_other_bad_parameters_are_refused() -> None:
    with pytest.raises(RecordNotFound):
        state_from({"open": ["nonsense"]})
    with pytest.raises(UnknownName):
        state_from({"modality": ["XYZ"]})
    with pytest.raises(UsageError):
        state_from({"age": ["old"]})


def at(state: BrowseState, came: BrowseState, *, acted: bool = False) -> BrowseState:
    return state_at(state, to_params(came), to_params(state), acted=acted, returned=False)


def test_back_in_the_browser_keeps_the_way_back() -> None:
    second = previous_page(THIRD)
    assert at(THIRD, second) == second
    assert at(THIRD, BrowseState(CT)) == BrowseState(CT)
    assert at(opened(THIRD, IMAGE), THIRD) == THIRD
    assert at(showing(THIRD, counts=True), THIRD) == THIRD


def test_forward_in_the_browser_is_a_link_when_the_way_was_forgotten() -> None:
    assert at(BrowseState(CT), THIRD) == BrowseState(CT, (840,), linked=True)
    assert at(BrowseState(trail=(840,)), THIRD) == BrowseState(CT, (840,), linked=True)


def test_who_acts_before_the_address_is_taken_over_is_not_set_back() -> None:
    assert at(THIRD, BrowseState(), acted=True) == THIRD
    assert at(THIRD, BrowseState()) == BrowseState()


def test_who_comes_back_from_another_page_is_where_he_was() -> None:
    written = to_params(THIRD)
    assert state_at(THIRD, {}, written, acted=False, returned=True) == THIRD
    assert state_at(THIRD, {"like": [IMAGE]}, written, acted=False, returned=True) == THIRD
    other = state_at(THIRD, {"sex": ["F"]}, written, acted=False, returned=True)
    assert other == BrowseState(Filters(sex=("F",)))
