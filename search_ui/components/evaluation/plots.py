"""Plots: points with intervals, and curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from search_ui.evaluation.parts import Plot, PlotKind

COLOURS = (
    "#56b4e9",
    "#e69f00",
    "#2ab28a",
    "#cc79a7",
    "#d55e00",
    "#8c8cf0",
    "#c2b22f",
    "#b07d62",
    "#ef6f6c",
    "#8a949c",
)
"""After Okabe and Ito (2008), lightened where it is too dark to be seen on both backgrounds."""

_HEIGHT = 300
_SHAPES = 6
"""Series that have a shape as well as a colour; more cannot be told apart."""

_MANY_NAMES = 6
_LONG_NAME = 14


def plot(drawn: Plot, key: str) -> None:
    """Nothing for a plot without points: its table says so."""
    if drawn.points:
        st.altair_chart(chart_of(drawn), alt=drawn.words, key=key, width="stretch")


def chart_of(drawn: Plot) -> Any:
    """As an Altair chart. Names are data, never part of an expression."""
    import altair as alt

    names = list(dict.fromkeys(str(point.x) for point in drawn.points))
    series = list(dict.fromkeys(point.series for point in drawn.points))
    values = [
        {
            "x": point.x,
            "y": point.y,
            "series": point.series,
            "low": point.y if point.low is None else point.low,
            "high": point.y if point.high is None else point.high,
            "told": _told(point.y, point.low, point.high),
        }
        for point in drawn.points
    ]
    x_field = "x:Q" if drawn.kind is PlotKind.CURVE else "x:N"
    x: Mapping[str, Any]
    if drawn.kind is PlotKind.CURVE:
        x = {"x": alt.X(x_field, title=drawn.x_title, scale=alt.Scale(type="log"))}
    else:
        crowded = len(names) > _MANY_NAMES or any(len(name) > _LONG_NAME for name in names)
        axis = alt.Axis(labelAngle=-35 if crowded else 0, labelLimit=180)
        x = {"x": alt.X(x_field, title=drawn.x_title, sort=names, axis=axis)}
        if len(series) > 1:
            x = {**x, "xOffset": alt.XOffset("series:N", sort=series)}
    legend = alt.Legend(orient="top", title=drawn.series_title, labelLimit=320, columns=4)
    shown = legend if len(series) > 1 else None
    marks: dict[str, Any] = {
        "color": alt.Color(
            "series:N", sort=series, legend=shown, scale=alt.Scale(range=list(COLOURS))
        ),
        "tooltip": [
            alt.Tooltip(x_field, title=drawn.x_title),
            alt.Tooltip("series:N", title=drawn.series_title or "Series"),
            alt.Tooltip("told:N", title=drawn.y_title),
        ],
    }
    shapes = (
        {"shape": alt.Shape("series:N", sort=series, legend=shown)}
        if 1 < len(series) <= _SHAPES
        else {}
    )
    base = alt.Chart({"values": values}).encode(**x, **marks)
    y = alt.Y("y:Q", title=drawn.y_title, scale=_scale(drawn))
    layers = [
        base.mark_rule(strokeWidth=2).encode(y=alt.Y("low:Q", title=drawn.y_title), y2="high:Q"),
        base.mark_point(filled=True, size=70, opacity=1).encode(y=y, **shapes),
    ]
    if drawn.kind is PlotKind.CURVE:
        layers.insert(0, base.mark_line(strokeWidth=2).encode(y=y))
    return alt.layer(*layers).properties(height=_HEIGHT)


def _scale(drawn: Plot) -> Any:
    """Of what is measured: without zero, but with room around values that are all the same."""
    import altair as alt

    ends = [
        end for each in drawn.points for end in (each.y, each.low, each.high) if end is not None
    ]
    if max(ends) - min(ends) > 1e-9:
        return alt.Scale(zero=False)
    return alt.Scale(domain=[min(ends) - 0.05, max(ends) + 0.05])


def _told(y: float, low: float | None, high: float | None) -> str:
    interval = "" if low is None or high is None else f" ({low:.3f} to {high:.3f})"
    return f"{y:.3f}{interval}"
