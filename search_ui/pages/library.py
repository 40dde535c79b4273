"""The library in numbers, its encoders, the health of its index, and the room it takes."""

from __future__ import annotations

import streamlit as st

from radalike.access import Action
from radalike.errors import RadalikeError
from radalike.library import Library
from radalike.library.audit.audit import AuditAction
from search_ui.access.visitor import Visitor
from search_ui.components.jobs import jobs_panel
from search_ui.components.layout import heading
from search_ui.components.library import (
    closeness_panel,
    disk_panel,
    encoders_panel,
    images_panel,
    verdict_panel,
)
from search_ui.components.messages import show_error, show_notice
from search_ui.jobs.job import JobKind
from search_ui.library_view.health import canary_verdict, closeness_rows, pending_verdict
from search_ui.library_view.watch import Watch
from search_ui.served import Served


def library_page(served: Served, visitor: Visitor) -> None:
    """Raises RadalikeError, for the router to show."""
    if not visitor.may(Action.SEE_LIBRARY):
        return
    watch = shared_watch(str(served.library.layout.root))
    ended = tuple(job.id for job in served.jobs.list() if job.state.finished)
    with st.spinner("Looking at the library…"):
        looked = watch.look(served.library, news=ended)
    heading("Images")
    images_panel(looked)
    if not looked.status.images:
        _empty(served, visitor)
    else:
        heading("Encoders")
        encoders_panel(looked.status)
        heading("Index")
        _index(served, visitor, watch)
        heading("How close is close")
        closeness_panel(closeness_rows(served))
    heading("Disk")
    disk_panel(looked)


@st.cache_resource(show_spinner=False)
def shared_watch(library: str) -> Watch:
    """One for all visitors of a server, by the library's folder."""
    return Watch()


def _index(served: Served, visitor: Visitor, watch: Watch) -> None:
    encoders = [choice.id for choice in served.encoders()]
    encoder = encoders[0] if encoders else served.library.encoder_id
    if len(encoders) > 1:
        encoder = st.selectbox("Index of the encoder", encoders, key="library-encoder")
    space = served.space(encoder)
    verdict_panel(pending_verdict(space.index_state()))
    verdict = st.container()
    if visitor.may(Action.BUILD_INDEX):
        with st.container(horizontal=True, gap="small"):
            _check(watch, space)
            _builds(served, visitor, watch, space)
        st.caption("Searches go on with the index that is there until another one is built.")
        jobs_panel(served, visitor, JobKind.INDEX_BUILD)
    with verdict:
        verdict_panel(canary_verdict(watch.checked.get(space.fingerprint)))


def _check(watch: Watch, space: Library) -> None:
    """Every vector is read, which is work for the server: it is for those who keep the index."""
    if not st.button("Check it against exact search", icon=":material/rule:", key="library-check"):
        return
    try:
        with st.spinner("Asking the index, and reading every vector…"):
            watch.check(space)
    except RadalikeError as error:
        show_error(error)


def _builds(served: Served, visitor: Visitor, watch: Watch, space: Library) -> None:
    update = st.button("Bring it up to date", icon=":material/update:", key="library-update")
    anew = st.button(
        "Build it from nothing",
        icon=":material/restart_alt:",
        key="library-anew",
    )
    if not (update or anew):
        return
    encoder = space.encoder_id
    try:  # nobody starts what the audit does not know of
        served.library.audit.write(
            visitor.name, AuditAction.BUILD_INDEX, full=anew, encoder=encoder
        )
        served.jobs.start_index_build(visitor.name, full=anew, encoder=encoder)
    except RadalikeError as error:
        show_error(error)
        return
    watch.uncheck(space.fingerprint)


def _empty(served: Served, visitor: Visitor) -> None:
    page = (
        "The page Ingest starts one; so does "
        if visitor.may(Action.INGEST) and served.jobs.roots
        else "Images come in by "
    )
    show_notice(
        "There are no images in this library yet",
        f"{page}`radalike ingest SOURCE` on the server's command line.",
    )
