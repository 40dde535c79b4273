"""Ingests: one is started, those that run are followed, those that were made are shown."""

from __future__ import annotations

import streamlit as st

from radalike.access import Action
from radalike.catalog.reject_counts import reject_counts
from radalike.errors import RadalikeError
from radalike.library.audit.audit import AuditAction
from radalike.library.ingesting.ingest_runs import ingest_runs
from search_ui.access.visitor import Visitor
from search_ui.components.ingest import (
    folder_chooser,
    no_roots,
    receiver_panel,
    rejects_panel,
    runs_panel,
)
from search_ui.components.jobs import jobs_panel
from search_ui.components.layout import heading
from search_ui.components.messages import show_error
from search_ui.ingesting.folder_choice import Place
from search_ui.ingesting.receiver import receiver_view
from search_ui.jobs.job import JobKind
from search_ui.served import Served

_SHOWN, _RECEIVER_SECONDS = "ingest-runs-shown", 5.0
_RUNS = 20


def ingest_page(served: Served, visitor: Visitor) -> None:
    """Raises RadalikeError, for the router to show."""
    if not visitor.may(Action.INGEST):
        return
    heading("Ingest a folder")
    if served.jobs.roots:
        _start(served, visitor)
    else:
        no_roots()
    heading("Jobs")
    jobs_panel(served, visitor, JobKind.INGEST)
    heading("Receiver")
    _receiver(served)
    heading("Ingests so far")
    last = _runs(served)
    heading("Rejected files")
    rejects_panel(reject_counts(served.library.catalog.engine), last)


def _start(served: Served, visitor: Visitor) -> None:
    with st.container(border=True, key="ingest-start"):
        place = folder_chooser(served.jobs)
        dataset = st.text_input(
            "File its images under",
            placeholder="local",
            max_chars=100,
            key="ingest-dataset",
            help="The name of the data set that they are counted and filtered by.",
        )
        # In the run of the page, and not in a callback: who this is has just been asked again.
        if st.button(
            "Ingest this folder",
            type="primary",
            icon=":material/playlist_add:",
            key="ingest-go",
            disabled=place is None,
        ):
            assert place is not None
            _ingest(served, visitor, place, dataset.strip())


def _ingest(served: Served, visitor: Visitor, place: Place, dataset: str) -> None:
    """Nobody starts what the audit does not know of; of the folder it is told the root alone."""
    try:
        served.library.audit.write(visitor.name, AuditAction.INGEST, root=place.root)
        served.jobs.start_ingest(place.root, place.relative, visitor.name, dataset=dataset)
    except RadalikeError as error:
        show_error(error)


def _receiver(served: Served) -> None:
    @st.fragment(run_every=_RECEIVER_SECONDS)
    def panel() -> None:
        receiver_panel(receiver_view(served.library))

    panel()


def _runs(served: Served) -> dict[str, int]:
    """Shows them; what the last of them rejected, by code."""
    shown = int(st.session_state.get(_SHOWN, _RUNS))
    runs = ingest_runs(served.library, shown + 1)
    if not runs:
        st.caption("Nothing has been ingested yet, or by a version that kept no account of it.")
        return {}
    runs_panel(runs[:shown])
    if len(runs) > shown:
        st.button("Show older ingests", key="ingest-older", on_click=_show_more, args=(shown,))
    return dict(runs[0].rejects)


def _show_more(shown: int) -> None:
    st.session_state[_SHOWN] = shown + _RUNS
