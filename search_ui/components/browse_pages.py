"""The way from one page of images to the next."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from search_ui.components.query_panel import SCROLL_UP


def pager(
    *,
    key: str,
    on_previous: Callable[[], None] | None,
    on_next: Callable[[], None] | None,
    previous: str = "Previous",
) -> None:
    """Buttons for the pages before and after this one; a callback that is None: there is none.
    Nothing where there is but one page. previous: what the way back is called."""
    if on_previous is None and on_next is None:
        return
    with st.container(horizontal=True, gap="small", width="content"):
        st.button(
            previous,
            icon=":material/chevron_left:",
            key=f"{key}-previous",
            on_click=on_previous,
            disabled=on_previous is None,
        )
        st.button(
            "Next",
            icon=":material/chevron_right:",
            icon_position="right",
            key=f"{key}-next",
            on_click=on_next,
            disabled=on_next is None,
        )


def begin_at_top(page: str) -> None:
    """Begin at the top when `page` is another one: the browser runs this once a text."""
    st.html(
        f'<script data-page="{escape(page)}">{SCROLL_UP}</script>', unsafe_allow_javascript=True
    )
