"""Filters with counts, and how the search is done."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from search_ui.components.messages import escaped
from search_ui.queries import Choice, Facets
from search_ui.search_state import FILTER_FIELDS, LIMITS, SearchState, values_of
from search_ui.words import count_title

_HEADINGS = {"modality": "Modality", "anatomy": "Anatomy"}


def filters(
    facets: Facets,
    state: SearchState,
    *,
    on_change: Callable[[], None],
    on_clear: Callable[[], None],
) -> None:
    """Widgets for all of `state` but the query; after a change `state_from_widgets` has it."""
    for field in FILTER_FIELDS:
        _choose(field, facets.choices[field], values_of(state, field), on_change)
    if any(values_of(state, field) for field in FILTER_FIELDS):
        st.button("Remove filters", icon=":material/filter_alt_off:", on_click=on_clear)
    _hold("limit", state.limit)
    st.slider(
        "Number of results",
        LIMITS[0],
        LIMITS[-1],
        step=LIMITS.step,
        key="limit",
        on_change=on_change,
    )
    _hold("exact", state.exact)
    st.toggle(
        "Exact search",
        key="exact",
        on_change=on_change,
        help="Compares with every single image instead of using the index: "
        "slower in a large library, and nothing is missed.",
    )


def state_from_widgets(state: SearchState) -> SearchState:
    """`state` with what the widgets say now."""
    return SearchState(
        like=state.like,
        modality=tuple(st.session_state["modality"]),
        anatomy=tuple(st.session_state["anatomy"]),
        limit=st.session_state["limit"],
        exact=st.session_state["exact"],
    )


def library_size(facets: Facets) -> str:
    """`76 of 1,420 images pass`, or how many there are."""
    total = count_title(facets.total, "image")
    return total if facets.passing == facets.total else f"{facets.passing:,} of {total} pass"


def _choose(
    field: str, choices: tuple[Choice, ...], chosen: tuple[str, ...], on_change: Callable[[], None]
) -> None:
    words = {choice.value: f"{escaped(choice.title)} :gray[{choice.count:,}]" for choice in choices}
    _hold(field, list(chosen))
    st.pills(
        _HEADINGS[field],
        list(words),
        selection_mode="multi",
        format_func=lambda value: words.get(value, value),
        key=field,
        on_change=on_change,
    )


def _hold(key: str, value: object) -> None:
    """Make the widget `key` show `value`. Only where it does not: to set it at every run would
    overrule a click that is still on its way."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value
