"""The stored runs: their list, the encoders beside each other, and one run by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from radalike.access import Action
from radalike.catalog.runs import Run, stored_run, stored_runs
from radalike.errors import RecordNotFound
from search_ui.access.visitor import Visitor
from search_ui.components.evaluation.contact_sheet import sheet_panel
from search_ui.components.evaluation.navigation import KEY, go, goes
from search_ui.components.evaluation.parts import parts_panel
from search_ui.components.evaluation.run_table import run_table
from search_ui.components.layout import heading
from search_ui.components.messages import escaped, show_error, show_notice
from search_ui.components.widgets import hold
from search_ui.evaluation.encoders_compared import compared, questions_of, side_by_side
from search_ui.evaluation.place import Place, View
from search_ui.evaluation.run_list import rows_of, run_title
from search_ui.evaluation.run_view import command_title, view_of
from search_ui.served import Served

_LISTED = 100
_ANY = "all"
_BESIDE = f"{KEY}-beside"


def runs_panel(served: Served, visitor: Visitor, place: Place) -> None:
    """The run of the address, or all of them."""
    if place.run is not None:
        _one_run(served, visitor, place, place.run)
        return
    runs = stored_runs(served.library.catalog.engine, limit=_LISTED)
    if not runs:
        show_notice(
            "No evaluation is stored yet",
            "The view New run starts one; so does `radalike eval retrieval`."
            if visitor.may(Action.EVALUATE)
            else "A curator can start one here, or with `radalike eval retrieval`.",
        )
        return
    _encoders([run for run in runs if run.command == "retrieval"])
    _list(runs)


def _encoders(runs: Sequence[Run]) -> None:
    questions = questions_of(runs)
    if not questions:
        return
    heading("Retrieval by encoder")
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        place = st.selectbox(
            "What was asked",
            range(len(questions)),
            format_func=lambda number: questions[number].words,
            key=f"{KEY}-question",
        )
    with right:
        mean = st.segmented_control(
            "Mean over",
            ("micro", "macro"),
            format_func={"micro": "Queries", "macro": "Classes"}.__getitem__,
            default="micro",
            required=True,
            key=f"{KEY}-mean",
        )
    parts_panel(compared(questions[place], str(mean)), f"{KEY}-encoders")


def _list(runs: Sequence[Run]) -> None:
    heading("Runs")
    commands = list(dict.fromkeys(run.command for run in runs))
    chosen = st.segmented_control(
        "Kind",
        (_ANY, *commands),
        format_func=lambda name: escaped(command_title(name)),
        default=_ANY,
        required=True,
        key=f"{KEY}-kind",
        label_visibility="collapsed",
    )
    shown = [run for run in runs if chosen in (_ANY, run.command)]
    newest = f"The newest {_LISTED} runs" if len(runs) == _LISTED else "Stored runs, newest first"
    run_table(
        rows_of(shown),
        key=f"{KEY}-runs",
        caption=newest,
        on_choose=lambda number: go(lambda _: Place(run=number)),
    )


def _one_run(served: Served, visitor: Visitor, place: Place, number: int) -> None:
    engine = served.library.catalog.engine
    st.button(
        "All runs",
        icon=":material/arrow_back:",
        key=f"{KEY}-all",
        on_click=goes(lambda _: Place(View.RUNS)),
    )
    try:
        run = stored_run(engine, number)
        other = None if place.beside is None else stored_run(engine, place.beside)
    except RecordNotFound as error:
        show_error(error)
        return
    view = view_of(run)
    heading(run_title(run))
    asked = "".join(f"; {name.lower()} {value}" for name, value in view.asked)
    st.caption(escaped(f"{view.encoder}; {view.finished}, took {view.seconds}{asked}"))
    if run.command == "retrieval":
        others = stored_runs(engine, "retrieval", _LISTED)
        _choose_beside([each for each in others if each.number != run.number], place)
    if other is not None:
        parts_panel(side_by_side(run, other), f"{KEY}-beside-run")
        return
    parts_panel(view.parts, f"{KEY}-run")
    if run.command == "failures":
        sheet_panel(served, visitor, run, place)


def _choose_beside(others: Sequence[Run], place: Place) -> None:
    if not others:
        return
    titles = {
        each.number: f"{run_title(each)}: {each.encoder}, {each.finished_at:%Y-%m-%d %H:%M}"
        for each in others
    }
    hold(_BESIDE, place.beside if place.beside in titles else None)
    st.selectbox(
        "Beside another run",
        list(titles),
        format_func=lambda number: titles.get(number, str(number)),
        index=None,
        placeholder="Choose a run to compare with",
        key=_BESIDE,
        on_change=lambda: go(lambda place: replace(place, beside=st.session_state[_BESIDE])),
    )
