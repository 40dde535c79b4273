"""What a run is shown as, one part after the other."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from search_ui.components.evaluation.plots import plot
from search_ui.components.messages import escaped, show_warning
from search_ui.components.table import table
from search_ui.evaluation.parts import Note, Part, Plot, Table, Unread


def parts_panel(parts: Iterable[Part], key: str) -> None:
    for number, part in enumerate(parts):
        match part:
            case Plot():
                plot(part, f"{key}-plot-{number}")
            case Table():
                table(part.columns, part.rows, numeric=part.numeric, caption=part.caption)
            case Note():
                st.caption(escaped(part.text))
            case Unread():
                show_warning(part.why, "What is stored follows as it is.")
                st.json(part.value, expanded=1)
