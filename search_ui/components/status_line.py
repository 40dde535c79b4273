"""What every page says of itself, and how an answer came about, quietly."""

from __future__ import annotations

from html import escape

import streamlit as st

from search_ui.searching.answers import Answer
from search_ui.words import backend_title

RESEARCH_USE = "Research use only, not a medical device."


def status_line(answer: Answer) -> None:
    st.html(f'<p class="rl-status">{escape(status_text(answer))}</p>')


def status_text(answer: Answer) -> str:
    """`1.2 ms, embedded index, encoder efficientnet-lite0`."""
    took = f"{answer.took_ms:.1f}" if answer.took_ms < 10 else f"{answer.took_ms:.0f}"
    refined = ", refined by your marks" if answer.refined else ""
    return f"{took} ms, {backend_title(answer.backend)}, encoder {answer.encoder}{refined}"


def page_head(heading: str) -> None:
    """What page it is, and what it is not for, in sight on every page."""
    st.html(
        f'<header class="rl-top"><h1>{escape(heading)}</h1>'
        f'<p class="rl-status">{RESEARCH_USE}</p></header>'
    )
