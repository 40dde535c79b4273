"""Images of a class that fails, each beside what it finds."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from radalike.access import Action
from radalike.catalog.runs import Run
from radalike.errors import RadalikeError
from radalike.library.audit.audit import AuditAction
from search_ui import page_state
from search_ui.access.visitor import Visitor
from search_ui.components.evaluation.navigation import KEY, act, go
from search_ui.components.gallery import gallery
from search_ui.components.layout import heading
from search_ui.components.messages import escaped, show_error, show_notice
from search_ui.components.widgets import hold
from search_ui.evaluation.contact_sheet import can_show, contact_sheet
from search_ui.evaluation.failures import FailingClass, failing_classes
from search_ui.evaluation.place import Place
from search_ui.evaluation.reading import UnknownShape
from search_ui.served import Served
from search_ui.words import count_title

_CHOSEN = f"{KEY}-class"


def sheet_panel(served: Served, visitor: Visitor, run: Run, place: Place) -> None:
    """Nothing where no class fails, or where images cannot be found by class."""
    try:
        classes = failing_classes(run.found) if can_show(run) else ()
    except UnknownShape:  # the run says so above
        return
    if not classes:
        return
    heading("Contact sheet")
    by_name = {each.name: each for each in classes}
    hold(_CHOSEN, place.failing if place.failing in by_name else None)
    st.selectbox(
        "Class",
        list(by_name),
        format_func=lambda name: by_name[name].title if name in by_name else name,
        index=None,
        placeholder="Choose a class to see its images and what they find",
        key=_CHOSEN,
        on_change=lambda: go(lambda place: replace(place, failing=st.session_state[_CHOSEN] or "")),
    )
    if place.failing in by_name:
        _sheet(served, visitor, run, by_name[place.failing])


def _sheet(served: Served, visitor: Visitor, run: Run, failing: FailingClass) -> None:
    page_state.once(
        "contact sheet",
        (run.number, failing.name),
        lambda: served.library.audit.write(
            visitor.name,
            AuditAction.EVALUATE,
            kind="contact sheet",
            run=run.number,
            failing=failing.name,
        ),
    )
    try:
        sheet = contact_sheet(served, run, failing.name)
    except RadalikeError as error:
        show_error(error)
        return
    if not sheet.rows:
        show_notice(
            "No image of this class is left", "The library has changed since this run was made."
        )
        return
    nearest = "its nearest image is" if sheet.missing == 1 else "their nearest images are"
    st.caption(
        escaped(
            f"{count_title(sheet.images, 'image')} of this class; of the {sheet.looked_at} newest "
            f"{sheet.missing} miss: {nearest} of another class. Found now, so it can differ from "
            "the run; no image finds its own patient."
        )
    )
    for number, row in enumerate(sheet.rows, start=1):
        left, right = st.columns([1, 3.2])
        told = "misses" if row.hit is False else "hits" if row.hit else "finds nothing"
        with left:
            st.caption(f"Query {number}: {told}")
            gallery(
                (row.query,),
                key=f"{KEY}-sheet-query-{number}",
                on_act=lambda acted: act(visitor, acted),
                can_ask=visitor.may(Action.SEARCH),
                words=f"Query {number}",
            )
        with right:
            st.caption("Its nearest images")
            gallery(
                row.neighbours,
                key=f"{KEY}-sheet-{number}",
                on_act=lambda acted: act(visitor, acted),
                can_ask=False,
                words=f"Nearest images of query {number}",
            )
