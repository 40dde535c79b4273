"""A small run, started from the page, with its progress."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import streamlit as st

from radalike.access import Action
from radalike.catalog.runs import stored_runs
from radalike.errors import RadalikeError
from radalike.library.audit.audit import AuditAction
from search_ui.access.visitor import Visitor
from search_ui.components.evaluation.navigation import KEY, go
from search_ui.components.jobs import jobs_panel
from search_ui.components.layout import heading
from search_ui.components.messages import escaped, show_error
from search_ui.evaluation.new_run import (
    EXCLUSIONS,
    KINDS,
    NewRun,
    Offered,
    offered,
    options_of,
    relevances_of,
)
from search_ui.evaluation.place import Place
from search_ui.jobs.job import JobKind, JobState
from search_ui.served import Served
from search_ui.words import title

_STARTED = f"{KEY}-started"
"""The job that this session waits for, with its kind."""


def new_run_panel(served: Served, visitor: Visitor) -> None:
    """For those who may evaluate."""
    if not visitor.may(Action.EVALUATE):
        return
    _show_when_done(served)
    heading("New run")
    kind = st.selectbox(
        "Measure", list(KINDS), format_func=lambda name: KINDS[name], key=f"{KEY}-new-kind"
    )
    asked = _form(offered(served), kind)
    if asked is not None:
        try:
            start(served, visitor, asked)
        except RadalikeError as error:
            show_error(error)
    heading("Runs in progress")
    jobs_panel(served, visitor, JobKind.EVALUATION)


def start(served: Served, visitor: Visitor, asked: NewRun) -> None:
    """Told to the audit first. Raises UnknownName, UsageError, LibraryError."""
    if not visitor.may(Action.EVALUATE):
        return
    options = options_of(asked)
    served.library.audit.write(
        visitor.name, AuditAction.EVALUATE, kind=asked.kind, encoder=asked.encoder, options=options
    )
    job = served.jobs.start_evaluation(
        asked.kind, visitor.name, encoder=asked.encoder, options=options
    )
    st.session_state[_STARTED] = (job.id, asked.kind)


def new_run_of(served: Served, kind: str, since: datetime) -> int | None:
    """The number of the run of this kind that was stored last, None when that was before."""
    newest = stored_runs(served.library.catalog.engine, kind, 1)
    return newest[0].number if newest and newest[0].finished_at >= since else None


def _show_when_done(served: Served) -> None:
    """Show the run that this session started, once it is stored."""
    started: tuple[str, str] | None = st.session_state.get(_STARTED)
    if started is None:
        return
    try:
        job = served.jobs.get(started[0])
    except RadalikeError:  # so long ago that the server has forgotten it
        del st.session_state[_STARTED]
        return
    if not job.state.finished:
        return
    del st.session_state[_STARTED]
    if job.state is JobState.DONE:
        number = new_run_of(served, started[1], job.started_at)
        if number is not None:
            go(lambda _: Place(run=number))
            st.rerun()
    elif job.state is JobState.FAILED:
        st.error(
            "\n\n".join(filter(None, (f"**{escaped(job.message)}**", escaped(job.hint)))),
            icon=":material/error:",
        )


def _form(choices: Offered, kind: str) -> NewRun | None:
    """What is asked for, once it is."""
    with st.form(f"{KEY}-new", border=True):
        left, right = st.columns(2)
        with left:
            encoder = st.selectbox("Encoder", choices.encoders, key=f"{KEY}-new-encoder")
            queries = st.selectbox(
                "Images" if kind == "space" else "Queries",
                choices.selections,
                index=0 if kind == "space" else choices.selections.index(choices.queries),
                format_func=_selection_title,
                key=f"{KEY}-new-queries-{kind == 'space'}",
            )
            modality = st.selectbox(
                "Only of the modality",
                ("", *choices.modalities),
                format_func=lambda value: title("modality", value) if value else "Any",
                key=f"{KEY}-new-modality",
                help="Fewer queries take less time.",
            )
        asked = NewRun(
            kind=kind,
            encoder=encoder or "",
            queries=queries,
            modality=modality,
            index=choices.index,
        )
        with right:
            asked = _measured(_compared(asked, choices) if kind != "space" else asked)
        if not st.form_submit_button("Start", icon=":material/play_arrow:", type="primary"):
            return None
    return asked


def _compared(asked: NewRun, choices: Offered) -> NewRun:
    """With what a query is compared, and what makes a hit."""
    relevances = relevances_of(asked.kind)
    relevance = st.selectbox(
        "A hit has the same",
        relevances,
        format_func=lambda value: value.replace("-", " ").capitalize(),
        key=f"{KEY}-new-relevance-{len(relevances)}",
    )
    index = st.selectbox(
        "Among",
        choices.selections,
        index=choices.selections.index(choices.index),
        format_func=_selection_title,
        key=f"{KEY}-new-index",
    )
    exclude = st.multiselect(
        "No query finds its own",
        EXCLUSIONS,
        format_func=lambda value: value.removeprefix("same-").capitalize(),
        key=f"{KEY}-new-exclude",
    )
    return replace(asked, relevance=relevance, index=index, exclude=tuple(exclude))


def _measured(asked: NewRun) -> NewRun:
    """With the one number that a kind of run has."""
    match asked.kind:
        case "knn":
            k = st.number_input("Neighbours that vote", 1, 500, asked.k, key=f"{KEY}-new-k")
            return replace(asked, k=int(k))
        case "failures":
            below = st.number_input(
                "A class fails with P@1 below", 0.0, 1.0, asked.below, 0.05, key=f"{KEY}-new-below"
            )
            return replace(asked, below=float(below))
        case "saturation":
            draws = st.number_input(
                "Indexes drawn of each size", 1, 50, asked.draws, key=f"{KEY}-new-draws"
            )
            return replace(asked, draws=int(draws))
        case _:
            return asked


def _selection_title(selection: str) -> str:
    """`split=test` is "Split test"."""
    return "All images" if selection == "all" else selection.replace("=", " ").capitalize()
