"""The query: where an image is uploaded, and the image that is asked with."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from search_ui.components.picture import picture_html
from search_ui.queries import QueryView

FORMATS = "PNG, JPEG, WebP, TIFF, BMP, GIF or DICOM"


def uploader(key: str, *, on_upload: Callable[[], None]) -> None:
    """Where a file is dropped or chosen; `on_upload` reads it from the session under `key`."""
    st.file_uploader(
        "Drop an image or DICOM file here, or choose one",
        key=key,
        on_change=on_upload,
        help=f"{FORMATS}; of several frames the middle one is used. "
        "The file stays in memory: nothing of it is stored.",
    )


def query_panel(
    view: QueryView,
    upload_key: str,
    *,
    way_back: bool,
    on_upload: Callable[[], None],
    on_back: Callable[[], None],
    on_new: Callable[[], None],
) -> None:
    """The query image, what is known of it, and where to go from it."""
    _scroll_up(f"{view.id} {upload_key}")
    with st.container(key="query", horizontal=True, gap="medium", vertical_alignment="center"):
        st.html(picture_html(view.picture, f"Query: {view.heading}"), width=112)
        with st.container(gap="small"):
            st.html(query_html(view))
            with st.container(horizontal=True, gap="small"):
                if way_back:
                    st.button("Back", icon=":material/arrow_back:", on_click=on_back)
                with st.popover("Upload", icon=":material/upload:"):
                    uploader(upload_key, on_upload=on_upload)
                st.button("New search", icon=":material/close:", on_click=on_new)


def _scroll_up(query: str) -> None:
    """Begin at the top when the query is another one: the browser runs this once a text."""
    st.html(
        f'<script data-query="{escape(query)}">'
        "document.querySelector('.stMain').scrollTo({top: 0})</script>",
        unsafe_allow_javascript=True,
    )


def query_html(view: QueryView) -> str:
    return (
        f'<h2 class="rl-heading"><span class="rl-quiet">Similar to</span> {escape(view.heading)}'
        f'</h2><div class="rl-quiet">{escape(view.details)}</div>'
    )
