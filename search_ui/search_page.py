"""The search page: it puts the components together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import escape
from pathlib import Path

import streamlit as st

from radalike.errors import LibraryNotFound, RadalikeError
from radalike.library import Library
from radalike.library.layout import Layout
from radalike.settings import load_settings
from search_ui import page_state
from search_ui.components.filters import filters, library_size, state_from_widgets
from search_ui.components.gallery import gallery
from search_ui.components.messages import show_error, show_notice
from search_ui.components.query_panel import FORMATS, query_panel, uploader
from search_ui.components.status_line import page_head, status_line
from search_ui.queries import (
    Facets,
    answer_in_words,
    examples,
    facets_of,
    filters_in_words,
    nothing_in_words,
    query_view,
    run_search,
)
from search_ui.search_state import condition_of
from search_ui.session import SearchSession
from search_ui.visit import (
    Visit,
    back,
    similar_to,
    with_upload,
    without_filters,
    without_query,
)

_STYLE = Path(__file__).parent / "style.css"
_EXAMPLES = 12
_POLL_SECONDS = 2.0


def search_page() -> None:
    st.set_page_config(page_title="Radalike", layout="wide")
    st.html(_STYLE)
    page_head()
    try:
        _page(open_session(_library_folder()))
    except LibraryNotFound as error:
        show_error(error)
        _rerun_when(lambda: Layout(Path(_library_folder())).description.exists())
    except RadalikeError as error:
        show_error(error)
        st.button("Start over", on_click=page_state.goes(lambda _: Visit()))


def _library_folder() -> str:
    return str(load_settings().library.absolute())


@st.cache_resource(show_spinner="Opening the library…")
def open_session(library: str) -> SearchSession:
    """Once per server process; an error is not kept, so the next run tries again."""
    return SearchSession.open(load_settings(library=library))


def _page(session: SearchSession) -> None:
    library = session.library
    visit = _with_upload(session, page_state.current_visit())
    page_state.keep(visit)
    facets = facets_of(library, visit.state)
    if not facets.total:
        show_notice(
            "There are no images in this library yet",
            "`radalike ingest SOURCE` puts some in; SOURCE is a folder of images or DICOM files. "
            "This page shows them as soon as they are in.",
        )
        _rerun_when(lambda: library.searcher.count() > 0)
        return
    with st.sidebar:
        filters(
            facets,
            visit.state,
            on_change=page_state.goes(
                lambda visit: replace(visit, state=state_from_widgets(visit.state))
            ),
            on_clear=page_state.goes(without_filters),
        )
        st.caption(library_size(facets))
    if visit.has_query:
        _results(library, visit, facets)
    else:
        _start(library, visit)


def _with_upload(session: SearchSession, visit: Visit) -> Visit:
    """The visit with an upload that came in; the same visit where it is no image that is read."""
    data = page_state.taken_upload()
    if data is None:
        return visit
    try:
        with st.spinner("Reading the image…"):
            return with_upload(visit, session.uploaded_query(data))
    except RadalikeError as error:
        show_error(error, hint=f"Try another file: {FORMATS}.")
        return visit


def _start(library: Library, visit: Visit) -> None:
    """Without a query: where to begin."""
    with st.container(key="start"):
        _heading("Find images that look alike")
        uploader(page_state.upload_key(), on_upload=page_state.receive_upload)
    shown = examples(library, condition_of(visit.state), _EXAMPLES)
    if shown:
        _heading("Or start from an image of the library")
        gallery(shown, on_similar=_ask_similar)
    else:
        _nothing(visit)


def _results(library: Library, visit: Visit, facets: Facets) -> None:
    view = query_view(library, visit)
    if view is not None:
        query_panel(
            view,
            page_state.upload_key(),
            way_back=bool(visit.trail),
            on_upload=page_state.receive_upload,
            on_back=page_state.goes(back),
            on_new=page_state.goes(without_query),
        )
    answer = run_search(library, visit)
    if not answer.cards:
        _nothing(visit)
        return
    with st.container(horizontal=True, horizontal_alignment="distribute", gap="small"):
        _heading(answer_in_words(answer, visit.state, facets))
        status_line(answer)
    gallery(answer.cards, on_similar=_ask_similar)


def _ask_similar(image: str) -> None:
    page_state.go(lambda visit: similar_to(visit, image))


def _nothing(visit: Visit) -> None:
    """No hits, or no examples: because of the filters, or because there is but one image."""
    show_notice(*nothing_in_words(visit.state))
    if filters_in_words(visit.state):
        st.button("Show all images", on_click=page_state.goes(without_filters))


def _heading(text: str) -> None:
    st.html(f'<h2 class="rl-heading">{escape(text)}</h2>')


def _rerun_when(ready: Callable[[], bool]) -> None:
    """Run the page again as soon as there is something to show, without the user's doing."""

    @st.fragment(run_every=_POLL_SECONDS)
    def poll() -> None:
        if ready():
            st.rerun()

    poll()
