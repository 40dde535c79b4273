"""The stored runs as a table whose rows can be chosen with the mouse and the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from search_ui.evaluation.run_list import COLUMNS, RunRow

_FOLDER = Path(__file__).parent


def run_table(
    rows: Sequence[RunRow], *, key: str, caption: str, on_choose: Callable[[int], None]
) -> None:
    """`on_choose` is called with the number of the run whose button was pressed."""
    _component()(
        data={
            "caption": caption,
            "columns": list(COLUMNS),
            "rows": [{"number": row.number, "cells": list(row.cells)} for row in rows],
        },
        key=key,
        on_run_change=lambda: _received(key, on_choose),
    )


def number_of(value: Any) -> int | None:
    """What the browser said was chosen, None where it is nothing of ours."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 < value < 10**9 and value == int(value) else None


def _received(key: str, on_choose: Callable[[int], None]) -> None:
    state = st.session_state[key]
    number = number_of(state.get("run")) if isinstance(state, Mapping) else None
    if number is not None:
        on_choose(number)


@cache
def _component() -> Callable[..., Any]:
    renderer: Callable[..., Any] = st.components.v2.component(
        "radalike_run_table",
        html='<div class="frame" role="region" aria-label="Stored runs" tabindex="0"><table>'
        "<caption></caption><thead></thead><tbody></tbody></table></div>",
        css=(_FOLDER / "run_table.css").read_text(encoding="utf-8"),
        js=(_FOLDER / "run_table.js").read_text(encoding="utf-8"),
    )
    return renderer
