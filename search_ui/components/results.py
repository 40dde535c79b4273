"""What was found: the grid, what the neighbours say, and the list as a file."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from radalike.access import Action
from search_ui import page_state
from search_ui.access.visitor import Visitor
from search_ui.components.gallery import OnAct, gallery
from search_ui.components.layout import heading
from search_ui.components.messages import show_warning
from search_ui.components.neighbours import neighbours_panel
from search_ui.components.status_line import status_line
from search_ui.filtering.facet_choices import Facets
from search_ui.searching.answers import Answer, answer_in_words, far_in_words
from search_ui.searching.audit_trail import tell_export
from search_ui.searching.exports import Provenance, as_csv, as_json, provenance_of
from search_ui.searching.neighbours import neighbours_of
from search_ui.searching.visit import Visit, without_marks
from search_ui.served import Served

Made = Callable[[Answer, Visit, Provenance], str]


def results(
    served: Served,
    visitor: Visitor,
    visit: Visit,
    facets: Facets,
    answer: Answer,
    beside: Answer | None,
    *,
    on_act: OnAct,
) -> None:
    """beside: what another encoder found for the same query."""
    with st.container(horizontal=True, horizontal_alignment="distribute", gap="small"):
        heading(answer_in_words(answer, visit.state, facets))
        status_line(answer)
    if answer.away:
        show_warning(
            "The index server does not answer",
            "Every image was compared instead: results are exact, and slower, until it is back.",
        )
    if not answer.good_match:
        show_warning(*far_in_words(answer))
    with st.container(horizontal=True, gap="small", key="result-tools"):
        if visit.marks:
            st.button(
                "Take back all marks",
                icon=":material/undo:",
                on_click=page_state.goes(without_marks),
            )
        if visitor.may(Action.EXPORT):
            _exports(served, visitor, visit, answer, facets.total)
    if beside is not None:
        _side_by_side(visitor, visit, answer, beside, on_act)
        return
    neighbours_panel(neighbours_of(answer.cards))
    _grid(visitor, visit, answer, "results", on_act)


def _grid(visitor: Visitor, visit: Visit, answer: Answer, key: str, on_act: OnAct) -> None:
    gallery(
        answer.cards,
        key=key,
        on_act=on_act,
        marks=visit.marks,
        can_mark=visitor.may(Action.MARK),
        words=f"Results by {answer.encoder}",
    )


def _side_by_side(
    visitor: Visitor, visit: Visit, answer: Answer, beside: Answer, on_act: OnAct
) -> None:
    shared = {card.id for card in answer.cards} & {card.id for card in beside.cards}
    st.caption(f"{len(shared)} of {len(answer.cards)} images are found by both.")
    for column, each, key in zip(
        st.columns(2), (answer, beside), ("results", "beside-results"), strict=True
    ):
        with column:
            heading(each.encoder)
            if not each.good_match:
                show_warning(*far_in_words(each))
            neighbours_panel(neighbours_of(each.cards))
            _grid(visitor, visit, each, key, on_act)


def _exports(served: Served, visitor: Visitor, visit: Visit, answer: Answer, images: int) -> None:
    for kind, made, mime in (
        ("CSV", as_csv, "text/csv"),
        ("JSON", as_json, "application/json"),
    ):

        def exported(kind: str = kind, made: Made = made) -> str:
            tell_export(served, visitor, visit, kind, len(answer.cards))
            return made(answer, visit, provenance_of(visit, answer, images))

        st.download_button(
            kind,
            exported,
            file_name=f"radalike-results.{kind.lower()}",
            mime=mime,
            icon=":material/download:",
            on_click="ignore",
            help=f"These results as {kind}, with how they were found.",
            key=f"export-{kind}",
        )
