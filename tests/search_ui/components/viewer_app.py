"""A page of nothing but the viewer, for a browser to try it."""

from __future__ import annotations

import io

import numpy as np
import streamlit as st
from PIL import Image

from search_ui.components.viewer import Region, ViewedPicture, viewer


def jpeg(width: int, height: int) -> bytes:
    """Grey from 0 on the left to 255 on the right, with a disc."""
    rows, columns = np.mgrid[0:height, 0:width]
    disc = (rows - 0.4 * height) ** 2 + (columns - 0.6 * width) ** 2 < (0.2 * width) ** 2
    grey = np.where(disc, 128, 255 * columns / (width - 1)).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(grey).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


QUERY = ViewedPicture("CT, chest", "<script>alert(1)</script> Query", 320, 200, jpeg(320, 200))
HIT = ViewedPicture('MR" onload="alert(1)', "Hit <img src=x>", 640, 640, jpeg(640, 640))
BROKEN = ViewedPicture("CT, no picture", "Broken", 10, 10, b"not a JPEG")
SHOWN = {"two": (QUERY, HIT), "one": (QUERY,), "broken": (QUERY, BROKEN), "swapped": (HIT, QUERY)}


def keep(region: Region | None) -> None:
    st.session_state["region"] = region


@st.dialog("Closer")
def closer() -> None:
    viewer([QUERY], key="closer")


if __name__ == "__main__":
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    pictures = SHOWN[st.radio("Pictures", list(SHOWN), horizontal=True)]
    marked = st.session_state.get("region")
    viewer(pictures, key="viewer", region=marked, draws_region=True, on_region=keep, height=300)
    st.button("Run again")
    st.button("Closer", on_click=closer)
    st.text(f"run {st.session_state['runs']}")
    st.text(f"region {marked}")
