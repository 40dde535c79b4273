"""What one browser tab's session keeps of the page Browse. The only module that knows the keys."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from search_ui.browsing.browse_state import BrowseState, own_params, state_at, to_params
from search_ui.filtering.filter_state import KEYWORDS
from search_ui.page_state import address

KEY = "browse"
"""What the keys of the page's widgets begin with."""

_STATE, _WRITTEN, _ACTED, _ASKED = (
    f"{KEY}-{name}-kept" for name in ("state", "written", "acted", "asked")
)

Step = Callable[[BrowseState], BrowseState]


def current_state() -> BrowseState:
    """As the last callback left it, or as the address says. Raises as `state_from`."""
    return state_at(
        kept_state(),
        address(),
        st.session_state.get(_WRITTEN),
        acted=bool(st.session_state.pop(_ACTED, False)),
        # Streamlit forgets a widget in a run that does not have it: the last was another page's.
        returned=f"{KEY}-{KEYWORDS[0]}" not in st.session_state,
    )


def kept_state() -> BrowseState:
    state: BrowseState = st.session_state.get(_STATE, BrowseState())
    return state


def keep(state: BrowseState) -> None:
    """Remember `state`, and write it into the browser's address."""
    st.session_state[_STATE] = state
    st.session_state[_WRITTEN] = to_params(state)
    if own_params(address()) != st.session_state[_WRITTEN]:
        st.query_params.from_dict(st.session_state[_WRITTEN])


def go(step: Step) -> None:
    """Change the state: what callbacks do."""
    st.session_state[_STATE] = step(kept_state())
    st.session_state[_ACTED] = True


def goes(step: Step) -> Callable[[], None]:
    """A callback that takes `step`."""
    return lambda: go(step)


def ask_with(image: str) -> None:
    """Search with an image: the run that follows goes to the search page."""
    st.session_state[_ASKED] = image


def taken_question() -> str | None:
    """The image to search with, once."""
    image: str | None = st.session_state.pop(_ASKED, None)
    return image
