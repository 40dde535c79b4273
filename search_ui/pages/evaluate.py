"""Evaluations that were made, the embedding map, and new runs: it puts the components together."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from radalike.access import Action
from search_ui.access.visitor import Visitor
from search_ui.components.detail import detail_panel
from search_ui.components.evaluation.navigation import (
    KEY,
    act,
    ask_with,
    current_place,
    go,
    goes,
    search_if_asked,
)
from search_ui.components.evaluation.new_run import new_run_panel
from search_ui.components.evaluation.space_map import map_panel
from search_ui.components.evaluation.stored_runs import runs_panel
from search_ui.components.layout import rerun_when
from search_ui.components.messages import show_notice
from search_ui.components.widgets import hold
from search_ui.evaluation.place import Place, View
from search_ui.searching.audit_trail import tell_opened
from search_ui.searching.details import detail_of
from search_ui.served import Served

_VIEW = f"{KEY}-view"
_TITLES = {View.RUNS: "Runs", View.MAP: "Embedding map", View.NEW: "New run"}


def evaluate_page(served: Served, visitor: Visitor) -> None:
    """Raises RadalikeError, for the router to show."""
    search_if_asked(visitor)
    place = current_place()
    tell_opened(served, visitor, place.opened)
    if place.opened is not None:
        _opened(served, visitor, place.opened)
        return
    _choose_view(visitor, place)
    if place.view is View.RUNS:
        runs_panel(served, visitor, place)
    elif served.image_count() == 0:
        _empty(served)
    elif place.view is View.MAP:
        map_panel(served, visitor)
    elif visitor.may(Action.EVALUATE):
        new_run_panel(served, visitor)
    else:
        show_notice("You may look at runs", "Starting one is for curators.")


def _choose_view(visitor: Visitor, place: Place) -> None:
    views = [view for view in View if view is not View.NEW or visitor.may(Action.EVALUATE)]
    hold(_VIEW, place.view if place.view in views else None)
    st.segmented_control(
        "View",
        views,
        format_func=lambda view: _TITLES[view],
        key=_VIEW,
        label_visibility="collapsed",
        on_change=lambda: go(lambda place: Place(st.session_state[_VIEW] or place.view)),
    )


def _opened(served: Served, visitor: Visitor, image: str) -> None:
    detail_panel(
        detail_of(served, image),
        None,
        on_back=goes(lambda place: replace(place, opened=None)),
        on_similar=(lambda: ask_with(image)) if visitor.may(Action.SEARCH) else None,
        on_act=lambda acted: act(visitor, acted),
        back="Back to the evaluation",
    )


def _empty(served: Served) -> None:
    show_notice(
        "There are no images in this library yet",
        "Images come in by `radalike ingest SOURCE`; then there is something to measure.",
    )
    rerun_when(lambda: served.image_count() > 0)
