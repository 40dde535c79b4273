"""How one moves on the page Evaluate: the address is its whole state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from radalike.access import Action
from search_ui import page_state
from search_ui.access.visitor import Visitor
from search_ui.components.gallery import Acted, CardAction
from search_ui.evaluation.place import Place, params_of, place_of
from search_ui.searching.visit import similar_to, without_filters

KEY = "evaluate"
"""What the keys of the page's widgets begin with."""

_ASKED = f"{KEY}-asked"

Step = Callable[[Place], Place]


def current_place() -> Place:
    """Raises UsageError."""
    return place_of(page_state.address())


def go(step: Step) -> None:
    """Change the address: what callbacks do."""
    st.query_params.from_dict(params_of(step(current_place())))


def goes(step: Step) -> Callable[[], None]:
    """A callback that takes `step`."""
    return lambda: go(step)


def act(visitor: Visitor, acted: Acted) -> None:
    """What the buttons of a card do."""
    if acted.action is CardAction.OPEN:
        go(lambda place: replace(place, opened=acted.image))
    elif acted.action is CardAction.SIMILAR and visitor.may(Action.SEARCH):
        ask_with(acted.image)


def ask_with(image: str) -> None:
    """Search with an image: the run that follows goes to the search page."""
    st.session_state[_ASKED] = image


def search_if_asked(visitor: Visitor) -> None:
    """Go to the search page, with an image that was asked for as the query among all images."""
    image: str | None = st.session_state.pop(_ASKED, None)
    if image is None or not visitor.may(Action.SEARCH):
        return
    page_state.go(lambda visit: without_filters(similar_to(visit, image)))
    # Streamlit knows a page by its path: this stands for the router's own.
    search = st.Page(_nowhere, title="Search", url_path="search")
    st.switch_page(search, query_params={"like": image})


def _nowhere() -> None:
    """Never run."""
