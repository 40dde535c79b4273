"""The query: where an image is uploaded or words are typed, and what is asked with."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from search_ui.components.picture import picture_html
from search_ui.searching.answers import QueryView

SCROLL_UP = "document.querySelector('.stMain').scrollTo({top: 0})"
"""The one script that a page puts in."""

FORMATS = "PNG, JPEG, WebP, TIFF, BMP, GIF or DICOM"


def uploader(key: str, most_mib: int, *, on_upload: Callable[[], None]) -> None:
    """Where a file is dropped or chosen; `on_upload` reads it from the session under `key`."""
    st.file_uploader(
        "Drop an image or DICOM file here, or choose one",
        key=key,
        on_change=on_upload,
        max_upload_size=most_mib,
        help=f"{FORMATS}, up to {most_mib} MiB. The file stays in memory: nothing of it is stored.",
    )


def words_field(*, on_text: Callable[[], None], key: str = "words") -> None:
    """Where a query is typed, for encoders that know words."""
    st.text_input(
        "Or describe what to look for",
        key=key,
        on_change=on_text,
        placeholder="right-sided pleural effusion",
        max_chars=500,
    )


def query_panel(
    view: QueryView,
    key: str,
    *,
    way_back: bool,
    on_back: Callable[[], None],
    on_new: Callable[[], None],
    more: Callable[[], None],
) -> None:
    """The query image, what is known of it, and where to go from it. key: changes with each upload.
    more: draws what else can be asked with."""
    _scroll_up(f"{view.id} {key}")
    with st.container(key="query", horizontal=True, gap="medium", vertical_alignment="center"):
        if view.id != "words":
            st.html(picture_html(view.picture, f"Query: {view.heading}"), width=112)
        with st.container(gap="small"):
            st.html(query_html(view))
            with st.container(horizontal=True, gap="small"):
                if way_back:
                    st.button("Back", icon=":material/arrow_back:", on_click=on_back)
                with st.popover("Another query", icon=":material/upload:"):
                    more()
                st.button("New search", icon=":material/close:", on_click=on_new)


def _scroll_up(query: str) -> None:
    """Begin at the top when the query is another one: the browser runs this once a text."""
    st.html(
        f'<script data-query="{escape(query)}">{SCROLL_UP}</script>', unsafe_allow_javascript=True
    )


def query_html(view: QueryView) -> str:
    return (
        f'<h2 class="rl-heading"><span class="rl-quiet">Similar to</span> {escape(view.heading)}'
        f'</h2><div class="rl-quiet">{escape(view.details)}</div>'
    )
