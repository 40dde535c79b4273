"""Jobs of a kind: a bar for each that runs, and what came of those that have finished."""

from __future__ import annotations

import streamlit as st

from radalike.errors import RadalikeError
from search_ui.access.visitor import Visitor
from search_ui.components.messages import escaped, show_error
from search_ui.components.table import table
from search_ui.job_views import (
    ACTION_OF,
    AUDITED_AS,
    JOB_COLUMNS,
    JOB_NUMBERS,
    JobView,
    active,
    finished_rows,
)
from search_ui.jobs.job import JobKind
from search_ui.served import Served

_BUSY_SECONDS, _IDLE_SECONDS = 1.0, 5.0
_CANCEL = "jobs-cancel"


def jobs_panel(served: Served, visitor: Visitor, kind: JobKind) -> None:
    """It renews itself; when a job has begun or ended, the whole page is run again."""
    may_cancel = visitor.may(ACTION_OF[kind])
    if may_cancel:
        _cancel_what_was_asked(served, visitor, kind)
    known = [view.id for view in active(served.jobs.list(), kind)]

    @st.fragment(run_every=_BUSY_SECONDS if known else _IDLE_SECONDS)
    def panel() -> None:
        jobs = served.jobs.list()
        views = active(jobs, kind)
        if [view.id for view in views] != known:
            st.rerun()
        for view in views:
            _running(view, may_cancel)
        rows = finished_rows(jobs, kind)
        if rows:
            table(
                JOB_COLUMNS,
                rows,
                numeric=JOB_NUMBERS,
                caption="Jobs of this server that have ended, newest first",
            )
        elif not views:
            st.caption("No job of this kind has been started since this server began.")

    panel()


def _running(view: JobView, may_cancel: bool) -> None:
    with st.container(border=True, key=f"job-{view.id}"):
        st.markdown(f"**{escaped(view.title)}**")
        st.progress(view.share or 0.0, text=escaped(view.said))
        asked = may_cancel and st.button(
            "Ending…" if view.cancelling else "Cancel",
            key=f"job-cancel-{view.id}",
            icon=":material/stop_circle:",
            disabled=view.cancelling,
        )
    if asked:
        # Left to a run of the whole page, which asks anew who this is.
        st.session_state[_CANCEL] = view.id
        st.rerun()


def _cancel_what_was_asked(served: Served, visitor: Visitor, kind: JobKind) -> None:
    """Whose job it is does not matter: there are times when one must make room for another."""
    asked = st.session_state.pop(_CANCEL, None)
    if asked is None:
        return
    try:
        job = served.jobs.get(asked)
        if job.kind is kind:
            served.library.audit.write(visitor.name, AUDITED_AS[kind], cancelled=job.about)
            served.jobs.cancel(job.id)
    except RadalikeError as error:
        show_error(error)
