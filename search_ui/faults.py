"""What goes wrong, told to a person: in words, with a reference that the server's log has too."""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from radalike.errors import LibraryNotFound, RadalikeError
from search_ui import page_state
from search_ui.components.messages import error_text
from search_ui.searching.visit import Visit

_log = logging.getLogger(__name__)


def new_reference() -> str:
    """Eight characters that somebody can read out on the telephone."""
    return secrets.token_hex(4)


@contextmanager
def told() -> Iterator[None]:
    """Errors of ours are shown in place of the rest of the page, which can be tried again."""
    try:
        yield
    except LibraryNotFound:
        raise
    except RadalikeError as error:
        reference = new_reference()
        _log.warning("reference %s: %s: %s", reference, type(error).__name__, error)
        show_fault(error_text(error), reference)


def show_fault(text: str, reference: str) -> None:
    st.error(f"{text}\n\nReference {reference}", icon=":material/error:")
    with st.container(horizontal=True, gap="small"):
        st.button("Try again", icon=":material/refresh:", key="fault-again")
        st.button(
            "Start over",
            icon=":material/home:",
            key="fault-over",
            on_click=_start_over,
        )


def _start_over() -> None:
    page_state.keep(Visit())
    st.query_params.clear()


def unexpected(error: Exception) -> bool:
    """What the server does with an error that nobody foresaw: where it happened goes into the log,
    under a reference; its message does not, since it can hold what is in a file."""
    reference = new_reference()
    places = "".join(traceback.format_tb(error.__traceback__))
    _log.error("reference %s: %s\n%s", reference, type(error).__name__, places)
    show_fault(
        "**Something went wrong that should not**\n\nTry again. If it stays, give the reference to "
        "whoever runs this server: its log says more.",
        reference,
    )
    return True
