"""The library by its fields, a page at a time."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from radalike.access import Action
from search_ui import page_state
from search_ui.access.visitor import Visitor
from search_ui.browsing.browse_session import (
    KEY,
    ask_with,
    current_state,
    go,
    goes,
    keep,
    kept_state,
    taken_question,
)
from search_ui.browsing.browse_state import (
    BrowseState,
    next_page,
    opened,
    previous_page,
    refiltered,
    showing,
)
from search_ui.browsing.image_page import ImagePage, image_page
from search_ui.browsing.spread import spread_of
from search_ui.components.browse_pages import begin_at_top, pager
from search_ui.components.counts import counts_panel
from search_ui.components.detail import detail_panel
from search_ui.components.filters import filters_of_widgets, filters_panel, library_size
from search_ui.components.gallery import Acted, CardAction, gallery
from search_ui.components.layout import heading
from search_ui.components.messages import show_notice
from search_ui.components.widgets import hold
from search_ui.filtering.facet_choices import Facets, facets_of
from search_ui.filtering.filter_state import NO_FILTERS, filters_in_words
from search_ui.pages.empty_library import empty_library
from search_ui.searching.audit_trail import tell_opened
from search_ui.searching.details import detail_of
from search_ui.searching.visit import similar_to, without_filters
from search_ui.served import Served
from search_ui.words import count_title

_IMAGES, _COUNTS = "Images", "Counts"


def browse_page(served: Served, visitor: Visitor) -> None:
    """Raises RadalikeError, for the router to show."""
    _search_if_asked(visitor)
    state = current_state()
    keep(state)
    facets = facets_of(served.library, state.filters)
    if not facets.total:
        empty_library(served, visitor)
        return
    with st.sidebar:
        filters_panel(
            facets,
            state.filters,
            key=KEY,
            on_change=goes(lambda state: refiltered(state, filters_of_widgets(state.filters, KEY))),
            on_clear=_all_images,
        )
        st.caption(library_size(facets))
    tell_opened(served, visitor, state.opened)
    if state.opened is not None:
        _opened(served, visitor, state.opened)
    elif not facets.passing:
        show_notice("No images pass these filters", "Take one back, or remove them all.")
        st.button("Show all images", key=f"{KEY}-all", on_click=_all_images)
    elif state.counts:
        _head(f"{count_title(facets.passing, 'image')}{_among(state)}")
        counts_panel(spread_of(served.library, state.filters))
    else:
        _images(served, visitor, state, facets)


def _all_images() -> None:
    go(lambda state: refiltered(state, NO_FILTERS))


# -- images and counts -------------------------------------------------------------------------


def _images(served: Served, visitor: Visitor, state: BrowseState, facets: Facets) -> None:
    page = image_page(served, state)
    begin_at_top(f"{state.filters} {state.after}")
    _head(f"{page.words}{_among(state)}", lambda: _pager(state, page, f"{KEY}-above"))
    if not page.cards:
        show_notice("There are no images on this page", "It may be that they have been erased.")
        return
    gallery(
        page.cards,
        key=f"{KEY}-images",
        on_act=lambda acted: _act(visitor, acted),
        can_ask=visitor.may(Action.SEARCH),
        words="Images of the library, the newest first",
    )
    _pager(state, page, f"{KEY}-below")


def _head(words: str, more: Callable[[], None] | None = None) -> None:
    """What is in view, and the way to the other view. more: draws the way on in this one."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        heading(words)
        if more is not None:
            more()
        hold(f"{KEY}-show", _COUNTS if kept_state().counts else _IMAGES)
        st.segmented_control(
            "Show",
            (_IMAGES, _COUNTS),
            key=f"{KEY}-show",
            required=True,
            label_visibility="collapsed",
            on_change=goes(
                lambda state: showing(state, counts=st.session_state[f"{KEY}-show"] == _COUNTS)
            ),
        )


def _among(state: BrowseState) -> str:
    words = filters_in_words(state.filters)
    return f" ({words})" if words else ""


def _pager(state: BrowseState, page: ImagePage, key: str) -> None:
    after = page.after
    pager(
        key=key,
        on_previous=goes(previous_page) if state.trail else None,
        on_next=None if after is None else goes(lambda state: next_page(state, after)),
        previous="First page" if state.linked and len(state.trail) == 1 else "Previous",
    )


# -- one image ---------------------------------------------------------------------------------


def _opened(served: Served, visitor: Visitor, image: str) -> None:
    detail_panel(
        detail_of(served, image),
        None,
        on_back=goes(lambda state: opened(state, None)),
        on_similar=(lambda: ask_with(image)) if visitor.may(Action.SEARCH) else None,
        on_act=lambda acted: _act(visitor, acted),
        back="Back to the library",
    )


def _act(visitor: Visitor, acted: Acted) -> None:
    """What a card's buttons do."""
    if acted.action is CardAction.OPEN:
        go(lambda state: opened(state, acted.image))
    elif acted.action is CardAction.SIMILAR and visitor.may(Action.SEARCH):
        ask_with(acted.image)


def _search_if_asked(visitor: Visitor) -> None:
    """Go to the search page, with an image that was asked for as the query among all images."""
    image = taken_question()
    if image is None or not visitor.may(Action.SEARCH):
        return
    page_state.go(lambda visit: without_filters(similar_to(visit, image)))
    # Streamlit knows a page by its path: this stands for the router's own.
    search = st.Page(_nowhere, title="Search", url_path="search")
    st.switch_page(search, query_params={"like": image})


def _nowhere() -> None:
    """Never run."""


# -- nothing to look at --------------------------------------------------------------------------
