"""How a search is done: how many results, by which encoder, and what is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from search_ui.components.widgets import hold
from search_ui.searching.search_state import LIMITS, SearchState
from search_ui.served import EncoderChoice


def search_options(
    state: SearchState, encoders: Sequence[EncoderChoice], *, on_change: Callable[[], None]
) -> None:
    """Widgets for how is searched; after a change `options_of_widgets` has it."""
    hold("limit", state.limit)
    st.select_slider("Number of results", LIMITS, key="limit", on_change=on_change)
    hold("other-patients", not state.same_patient)
    st.toggle(
        "Leave out the query's patient",
        key="other-patients",
        on_change=on_change,
        help="Another image of the same patient is rarely what is looked for.",
    )
    hold("collapse", not state.every_slice)
    st.toggle(
        "One result per series",
        key="collapse",
        on_change=on_change,
        help="Slices of one series, and images of identical content, are shown as one.",
    )
    hold("exact", state.exact)
    st.toggle(
        "Exact search",
        key="exact",
        on_change=on_change,
        help="Compares with every single image instead of using the index: "
        "slower in a large library, and nothing is missed.",
    )
    if len(encoders) > 1:
        _encoders(state, encoders, on_change)


def _encoders(
    state: SearchState, encoders: Sequence[EncoderChoice], on_change: Callable[[], None]
) -> None:
    own = encoders[0].id
    words = {each.id: _in_words(each) for each in encoders}
    chosen = state.encoder or own
    hold("encoder", chosen if chosen in words else own)
    st.selectbox(
        "Encoder",
        list(words),
        format_func=lambda value: words.get(value, value),
        key="encoder",
        on_change=on_change,
    )
    others = ["", *(each for each in words if each != chosen)]
    hold("beside", state.beside if state.beside in others else "")
    st.selectbox(
        "Beside it",
        others,
        format_func=lambda value: words.get(value, "none"),
        key="beside",
        on_change=on_change,
        help="Shows what another encoder finds for the same query.",
    )


def _in_words(choice: EncoderChoice) -> str:
    if choice.covered == choice.images:
        return choice.id
    return f"{choice.id} ({choice.covered:,} of {choice.images:,} images)"


def options_of_widgets(state: SearchState, own_encoder: str) -> SearchState:
    """`state` with what the widgets say now."""
    said = st.session_state
    encoder, beside = said.get("encoder", state.encoder), said.get("beside", state.beside)
    return replace(
        state,
        limit=said["limit"],
        same_patient=not said["other-patients"],
        every_slice=not said["collapse"],
        exact=said["exact"],
        encoder="" if encoder == own_encoder else encoder,
        beside="" if beside == encoder else beside,
    )
