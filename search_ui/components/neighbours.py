"""What the neighbours say, as bars with the numbers behind them."""

from __future__ import annotations

from html import escape

import streamlit as st

from search_ui.searching.neighbours import Neighbours


def neighbours_panel(neighbours: Neighbours) -> None:
    st.html(neighbours_html(neighbours))


def neighbours_html(neighbours: Neighbours) -> str:
    """A label, its share as a bar, and `12 of 20`."""
    bars = "".join(
        f'<li><span class="rl-name" title="{escape(each.title)}">{escape(each.title)}</span>'
        f'<span class="rl-bar"><span style="width:{100 * each.count / neighbours.found:.1f}%">'
        f"</span></span><span class='rl-count'>{each.count} of {neighbours.found}</span></li>"
        for each in neighbours.labels
    )
    notes = []
    if not neighbours.labelled:
        notes.append("none of them has a label")
    elif neighbours.labelled < neighbours.found:
        notes.append(f"{neighbours.found - neighbours.labelled} without a label")
    if neighbours.others:
        notes.append(f"{neighbours.others} more")
    note = f'<p class="rl-status">{", ".join(notes)}</p>' if notes else ""
    return (
        '<section class="rl-neighbours" aria-label="Labels of the images found">'
        f'<h2 class="rl-heading">What the neighbours say</h2><ul>{bars}</ul>{note}</section>'
    )
