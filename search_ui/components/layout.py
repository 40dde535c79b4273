"""Headings, and a page that comes back on its own."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

_POLL_SECONDS = 2.0


def heading(text: str) -> None:
    st.html(f'<h2 class="rl-heading">{escape(text)}</h2>')


def rerun_when(ready: Callable[[], bool], seconds: float = _POLL_SECONDS) -> None:
    """Run the page again as soon as there is something to show, without the user's doing."""

    @st.fragment(run_every=seconds)
    def poll() -> None:
        if ready():
            st.rerun()

    poll()
