"""How images are spread: bars with their numbers, and histograms with theirs."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from search_ui.browsing.spread import FieldSpread, NumberSpread, Spread
from search_ui.components.table import table
from search_ui.words import count_title, share_title

if TYPE_CHECKING:
    import altair

_WIDTH, _HEIGHT = 480, 200


def counts_panel(spread: Spread) -> None:
    sections = "".join(field_html(field) for field in spread.fields)
    st.html(f'<style>{_style()}</style><div class="rl-spreads">{sections}</div>')
    with st.container(horizontal=True, gap="large"):
        for numbers in spread.numbers:
            with st.container(width=_WIDTH):
                _histogram(numbers, spread.passing)


def field_html(field: FieldSpread) -> str:
    """The field's name, and of each value its name, a bar, and `150 (11 %)`."""
    bars = "".join(
        f'<li><span class="rl-name" title="{escape(bar.title)}">{escape(bar.title)}</span>'
        f'<span class="rl-bar"><span style="width:{100 * bar.share:.1f}%"></span></span>'
        f'<span class="rl-count">{bar.images:,} ({share_title(bar.share)})</span></li>'
        for bar in field.bars
    )
    note = (
        f"<p>{count_title(field.others, 'value')} more, which fewer images have.</p>"
        if field.others
        else ""
    )
    return (
        f'<section class="rl-spread" aria-label="Images by {escape(field.title)}">'
        f'<h3 class="rl-heading">{escape(field.title)}</h3><ul>{bars}</ul>{note}</section>'
    )


def histogram_words(numbers: NumberSpread, passing: int) -> str:
    """What the plot shows, for those who do not see it."""
    most = max(numbers.bins, key=lambda each: each.images)
    return (
        f"Histogram of {numbers.title.lower()}: {numbers.said:,} of {count_title(passing, 'image')}"
        f" have one, from {numbers.bins[0].low} to {numbers.bins[-1].high}; most are "
        f"{most.title} ({most.images:,})."
    )


def histogram(numbers: NumberSpread) -> altair.Chart:
    """A bar a bin; a bin of one number stands over it, a wider one begins at its first."""
    import altair

    # Ages and years count whole ones: 40 to 44 ends where 45 begins.
    start = 0.5 if numbers.bins[0].low == numbers.bins[0].high else 0.0
    edges = [(each.low - start, each.high + 1 - start) for each in numbers.bins]
    rows = [
        {"from": low, "to": high, "images": each.images, "range": each.title}
        for (low, high), each in zip(edges, numbers.bins, strict=True)
    ]
    chart: altair.Chart = (
        altair.Chart(altair.InlineData(rows), height=_HEIGHT)
        .mark_bar(binSpacing=1)
        .encode(
            x=altair.X(
                "from:Q",
                bin="binned",
                title=numbers.title,
                axis=altair.Axis(format="d", tickMinStep=1),
                scale=altair.Scale(domain=[edges[0][0], edges[-1][1]], nice=False),
            ),
            x2="to",
            y=altair.Y("images:Q", title="Images", axis=altair.Axis(format=",d", tickMinStep=1)),
            tooltip=[
                altair.Tooltip("range:N", title=numbers.title),
                altair.Tooltip("images:Q", title="Images", format=",d"),
            ],
        )
    )
    return chart


def _histogram(numbers: NumberSpread, passing: int) -> None:
    st.html(f'<h3 class="rl-heading">{escape(numbers.title)}</h3>')
    st.altair_chart(histogram(numbers), alt=histogram_words(numbers, passing))
    without = passing - numbers.said
    if without:
        st.caption(f"{count_title(without, 'image')} without one.")
    with st.expander(f"{numbers.title} in numbers"):
        table(
            [numbers.title, "Images"],
            [(each.title, f"{each.images:,}") for each in numbers.bins],
            numeric=("Images",),
            caption=f"Images by {numbers.title.lower()}",
        )


@cache
def _style() -> str:
    return Path(__file__).with_name("counts.css").read_text(encoding="utf-8")
