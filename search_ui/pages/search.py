"""The search page: it puts the components together."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from radalike.access import Action
from radalike.errors import RadalikeError, UsageError
from search_ui import page_state
from search_ui.access.visitor import Visitor
from search_ui.components.filters import filters_of_widgets, filters_panel, library_size
from search_ui.components.gallery import Acted, CardAction, gallery
from search_ui.components.layout import heading
from search_ui.components.messages import show_error, show_notice
from search_ui.components.query_panel import FORMATS, query_panel, uploader, words_field
from search_ui.components.results import results
from search_ui.components.search_options import options_of_widgets, search_options
from search_ui.filtering.facet_choices import Facets, facets_of
from search_ui.pages.empty_library import empty_library
from search_ui.pages.looks import looks
from search_ui.pages.opened import opened_image
from search_ui.searching.answers import Answer, nothing_in_words, query_view, run_search
from search_ui.searching.audit_trail import tell_opened, tell_query
from search_ui.searching.marking import mark
from search_ui.searching.starting_points import starting_points
from search_ui.searching.visit import (
    Visit,
    back,
    opened,
    similar_to,
    with_text,
    with_upload,
    without_filters,
    without_marks,
    without_query,
)
from search_ui.served import Served

_KEY = "search"
_EXAMPLES = 24


def search_page(served: Served, visitor: Visitor) -> None:
    """Raises RadalikeError, for the router to show."""
    library = served.library
    visit = _with_upload(served, page_state.current_visit())
    page_state.keep(visit)
    facets = facets_of(served.space(visit.state.encoder), visit.state.filters)
    if not facets.total:
        _check_encoder(served, visit)
        empty_library(served, visitor)
        return
    with st.sidebar:
        filters_panel(
            facets,
            visit.state.filters,
            key=_KEY,
            on_change=page_state.goes(_refiltered),
            on_clear=page_state.goes(without_filters),
        )
        st.caption(library_size(facets))
        search_options(
            visit.state,
            served.encoders(),
            on_change=page_state.goes(
                lambda visit: replace(
                    visit, state=options_of_widgets(visit.state, library.encoder_id)
                )
            ),
        )
    tell_opened(served, visitor, visit.state.opened)
    if visit.state.opened is not None:
        opened_image(served, visitor, visit)
    elif visit.has_query:
        _results(served, visitor, visit, facets)
    else:
        _start(served, visitor, visit)


def _refiltered(visit: Visit) -> Visit:
    filters = filters_of_widgets(visit.state.filters, _KEY)
    return replace(visit, state=replace(visit.state, filters=filters))


def _with_upload(served: Served, visit: Visit) -> Visit:
    """The visit with an upload that came in; the same visit where it is no image that is read."""
    data = page_state.taken_upload()
    if data is None:
        return visit
    try:
        with st.spinner("Reading the image…"):
            received = served.receive(data)
    except RadalikeError as error:
        show_error(error, hint=f"Try another file: {FORMATS}.")
        return visit
    if visit.uploaded is not None:
        served.uploads.drop(visit.uploaded.token)
    return with_upload(visit, received)


def _forgotten(served: Served, visit: Visit) -> Visit:
    """Without a query; what was uploaded for it is kept no longer."""
    if visit.uploaded is not None:
        served.uploads.drop(visit.uploaded.token)
    return without_query(visit)


def _start(served: Served, visitor: Visitor, visit: Visit) -> None:
    """Without a query: where to begin."""
    with st.container(key="start"):
        heading("Find images that look alike")
        _ways_to_ask(served, visit)
    shown = starting_points(served, visit.state.filters, _EXAMPLES)
    if shown:
        heading("Or start from an image of the library")
        gallery(shown, key="examples", on_act=lambda acted: _act(served, visitor, acted))
    else:
        _nothing(visit)


def _ways_to_ask(served: Served, visit: Visit) -> None:
    uploader(
        page_state.upload_key(),
        served.library.settings.upload_mib,
        on_upload=page_state.receive_upload,
    )
    if any(each.reads_text and each.embeds for each in served.encoders()):
        words_field(on_text=page_state.goes(lambda visit: _asked_in_words(served, visit)))


def _asked_in_words(served: Served, visit: Visit) -> Visit:
    """Words need an encoder that knows them: the one in use, or the first that does."""
    able = [each.id for each in served.encoders() if each.reads_text and each.embeds]
    own = visit.state.encoder or served.library.encoder_id
    encoder = visit.state.encoder if own in able else able[0]
    asking = replace(visit, state=replace(visit.state, encoder=encoder))
    return with_text(asking, st.session_state["words"])


def _results(served: Served, visitor: Visitor, visit: Visit, facets: Facets) -> None:
    view = query_view(served, visit)
    if view is not None:
        query_panel(
            view,
            page_state.upload_key(),
            way_back=bool(visit.trail),
            on_back=page_state.goes(back),
            on_new=page_state.goes(lambda visit: _forgotten(served, visit)),
            more=lambda: _ways_to_ask(served, visit),
        )
        looks(served, visit)
    tell_query(served, visitor, visit)
    own = visit.state.encoder
    answer = _refined(served, visit) if visit.marks else run_search(served, visit, own)
    if answer is None:
        return
    if not answer.cards:
        _nothing(visit)
        return
    results(
        served,
        visitor,
        visit,
        facets,
        answer,
        _beside(served, visit),
        on_act=lambda acted: _act(served, visitor, acted),
    )


def _refined(served: Served, visit: Visit) -> Answer | None:
    """The answer by marks; None where they leave no direction to search in, which is told with the
    way back."""
    try:
        return run_search(served, visit, visit.state.encoder)
    except UsageError as error:
        show_error(error)
        st.button("Take back all marks", on_click=page_state.goes(without_marks))
        return None


def _beside(served: Served, visit: Visit) -> Answer | None:
    """What the other encoder finds. That it cannot answer is no reason to show nothing."""
    if not visit.state.beside:
        return None
    try:
        return run_search(served, visit, visit.state.beside)
    except RadalikeError as error:
        show_error(error)
        return None


def _act(served: Served, visitor: Visitor, acted: Acted) -> None:
    """What a card's buttons do."""
    if acted.action is CardAction.OPEN:
        page_state.go(lambda visit: opened(visit, acted.image))
    elif acted.action is CardAction.SIMILAR:
        page_state.go(lambda visit: similar_to(visit, acted.image))
    elif visitor.may(Action.MARK):
        relevant = acted.action is CardAction.RELEVANT
        try:
            page_state.go(
                lambda visit: mark(served, visitor, visit, acted.image, relevant=relevant)
            )
        except RadalikeError as error:  # its record was erased meanwhile, or the disk is full
            show_error(error)


def _nothing(visit: Visit) -> None:
    """No hits, or no examples: because of the filters, or because there is but one image."""
    show_notice(*nothing_in_words(visit.state))
    if visit.state.filters:
        st.button("Show all images", on_click=page_state.goes(without_filters))


def _check_encoder(served: Served, visit: Visit) -> None:
    """Raises UsageError where it is for another encoder that there are no images."""
    encoder = visit.state.encoder
    if encoder and served.image_count():
        raise UsageError(
            f"no image of this library has a vector of {encoder}",
            hint=f"`radalike encode --encoder {encoder}` makes them",
            encoder=encoder,
        )
