"""A folder is chosen and ingested; the receiver; ingests and what they rejected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from radalike.errors import RadalikeError
from radalike.library.ingesting.ingest_runs import IngestRun
from search_ui.components.messages import escaped, show_error, show_notice
from search_ui.components.table import table
from search_ui.ingesting.folder_choice import Place, folders_in_words, place_of
from search_ui.ingesting.receiver import Mood, ReceiverView
from search_ui.ingesting.run_rows import (
    REJECT_COLUMNS,
    REJECT_NUMBERS,
    RUN_COLUMNS,
    RUN_NUMBERS,
    reject_rows,
    run_rows,
)
from search_ui.jobs.folders import folders_below
from search_ui.jobs.jobs import Jobs

_PLACE, _ROOT, _INTO = "ingest-place", "ingest-root", "ingest-into"


def no_roots() -> None:
    show_notice(
        "No folder may be ingested from this page",
        "Whoever runs the server says which may: the setting `ingest_roots`, as in "
        "`RADALIKE_INGEST_ROOTS=/exports radalike ui` (several are separated as in PATH). "
        "`radalike ingest SOURCE` on the server's command line takes any.",
    )


def folder_chooser(jobs: Jobs) -> Place | None:
    """Where the folder is that was chosen; None where it cannot be opened."""
    place = place_of(st.session_state.get(_PLACE), jobs.roots)
    assert place is not None
    st.html(f"<p>Folder: <strong>{escape(place.way)}</strong></p>")
    at, below = st.columns(2)
    with at:
        roots = list(jobs.roots)
        st.selectbox(
            "Begin at", roots, index=roots.index(place.root), key=_ROOT, on_change=_to_root
        )
    with below:
        found = _folders_below(jobs, place)
    if place.below:
        st.button(
            "Up one level",
            icon=":material/arrow_upward:",
            key="ingest-up",
            on_click=_go,
            args=(place.up(),),
        )
    return place if found else None


def _folders_below(jobs: Jobs, place: Place) -> bool:
    """The way further down; False where the folder cannot be opened."""
    try:
        found = folders_below(jobs.roots, place.root, place.relative)
    except RadalikeError as error:
        show_error(error)
        return False
    key = f"{_INTO}-{place.way}"  # another one at each level, so that it is empty again
    st.selectbox(
        "Go into a folder",
        found.names,
        index=None,
        placeholder=folders_in_words(found),
        key=key,
        on_change=_into,
        args=(place, key),
        disabled=not found.names,
    )
    return True


def _go(place: Place) -> None:
    st.session_state[_PLACE] = place


def _into(place: Place, key: str) -> None:
    name = st.session_state.pop(key, None)
    if name is not None:
        _go(place.into(name))


def _to_root() -> None:
    _go(Place(st.session_state[_ROOT]))


def receiver_panel(view: ReceiverView) -> None:
    show = {Mood.QUIET: st.info, Mood.GOOD: st.success, Mood.BAD: st.warning}[view.mood]
    show(f"**{escaped(view.heading)}.** {escaped(view.text)}")
    if view.facts:
        names = tuple(name for name, _ in view.facts)
        values = tuple(value for _, value in view.facts)
        table(names, [values], numeric=names[2:], caption="Files since the receiver was started")


def runs_panel(runs: Sequence[IngestRun]) -> None:
    table(
        RUN_COLUMNS,
        run_rows(runs),
        numeric=RUN_NUMBERS,
        caption="Every file that was found is added, known already, skipped (no image), rejected, "
        "or left when the ingest was interrupted",
    )


def rejects_panel(now: Mapping[str, int], last: Mapping[str, int]) -> None:
    rows = reject_rows(now, last)
    if not rows:
        st.caption("Nothing has been rejected.")
        return
    table(REJECT_COLUMNS, rows, numeric=REJECT_NUMBERS, caption="Rejected files by code")
    st.caption(
        "An ingest tries again what was rejected. Which files they are is not shown here, since "
        "paths can name people: `radalike rejects` lists them on the server."
    )
