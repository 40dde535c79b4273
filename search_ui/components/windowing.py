"""How an uploaded image is looked at: its frames, and the window of its grey values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from radalike.imaging.renderings import CT_PRESETS
from radalike.library.search.uploads import UploadInfo
from search_ui.components.widgets import hold
from search_ui.searching.visit import Shown

_AS_STORED, _OWN = "as stored", "own"
_CENTRES, _WIDTHS = (-1024, 3071), (1, 4096)


def has_looks(info: UploadInfo) -> bool:
    """Whether there is anything to choose."""
    return info.frames > 1 or bool(info.presets) or info.window is not None


def windowing(info: UploadInfo, shown: Shown, key: str, *, on_change: Callable[[], None]) -> None:
    """Widgets for `shown`; after a change `shown_of_widgets` has it. key: of the upload."""
    if info.frames > 1:
        hold(f"{key}-frame", _frame(info, shown) + 1)
        st.slider(
            "Frame",
            1,
            info.frames,
            key=f"{key}-frame",
            on_change=on_change,
            help="The frame that is shown is the one that is searched with.",
        )
    if not info.presets and info.window is None:
        return
    choices = [_AS_STORED, *info.presets, _OWN]
    hold(f"{key}-window", _chosen(shown))
    st.segmented_control(
        "Window",
        choices,
        required=True,
        format_func=_words,
        key=f"{key}-window",
        on_change=on_change,
        help="What is shown is what is searched with.",
    )
    if shown.window is not None:
        centre, width = (round(each) for each in shown.window)
        hold(f"{key}-centre", centre)
        hold(f"{key}-width", width)
        left, right = st.columns(2)
        left.number_input(
            "Level", *_reach(_CENTRES, centre), key=f"{key}-centre", on_change=on_change
        )
        right.number_input(
            "Width", *_reach(_WIDTHS, width), key=f"{key}-width", on_change=on_change
        )


def shown_of_widgets(info: UploadInfo, shown: Shown, key: str, stored: str) -> Shown:
    """`shown` with what the widgets say now. stored: the library's own rendering."""
    said = st.session_state
    frame = said.get(f"{key}-frame")
    found = replace(shown, frame=shown.frame if frame is None else frame - 1)
    chosen = said.get(f"{key}-window", _chosen(shown))
    if chosen == _OWN:
        start = shown.window or CT_PRESETS.get(shown.rendering) or info.window or (40.0, 400.0)
        centre = said.get(f"{key}-centre", start[0]) if shown.window else start[0]
        width = said.get(f"{key}-width", start[1]) if shown.window else start[1]
        return replace(found, window=(float(centre), float(width)))
    rendering = stored if chosen == _AS_STORED else chosen
    return replace(found, window=None, rendering=rendering)


def _frame(info: UploadInfo, shown: Shown) -> int:
    return info.frames // 2 if shown.frame is None else shown.frame


def _chosen(shown: Shown) -> str:
    if shown.window is not None:
        return _OWN
    return shown.rendering if shown.rendering in CT_PRESETS else _AS_STORED


def _words(choice: str) -> str:
    if choice in CT_PRESETS:
        centre, width = CT_PRESETS[choice]
        return f"{choice.capitalize()} {centre:g}/{width:g}"
    return "Level and width" if choice == _OWN else choice.capitalize()


def _reach(ends: tuple[int, int], value: int) -> tuple[int, int]:
    return min(ends[0], value), max(ends[1], value)
