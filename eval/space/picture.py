"""A map of embeddings as a picture: each image a point, coloured by one of its fields."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eval.images import Codes, Column
from eval.metrics import Values
from eval.saved_state import KeptWork
from eval.space.measures import eigen
from eval.space.projection import coordinates_of
from eval.space.survey import Survey

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, PAPER, PANEL, GREY = "#33383d", "#f4f5f6", "#ffffff", "#b4b9be"
"""A ground of its own, so that the picture is the same on light and dark pages."""

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9")
"""Okabe & Ito's, which colour-blind readers can tell apart; after these the marker changes."""

MARKERS = ("o", "^", "s")

MOST_CLASSES = len(COLOURS) * len(MARKERS)
LONGEST_NAME = 34
DOTS_PER_INCH = 150


@dataclass(frozen=True, slots=True)
class Points:
    """Which rows of the sample have one entry of the legend."""

    name: str
    rows: Codes
    colour: str
    marker: str


def draw_map(
    found: Survey, methods: Sequence[str], colour_by: str, resume_in: KeptWork | None = None
) -> bytes:
    """The survey's sample as PNG, a panel for each of `methods`, coloured by a column that the
    survey has read. Raises what `coordinates_of` does."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    points = list(_points(found.images.columns[colour_by], found))
    panels = [(method, coordinates_of(found, method, resume_in)) for method in methods]
    figure = Figure(
        figsize=(6.2 * len(panels) + 3.2, 6.2), dpi=DOTS_PER_INCH, facecolor=PAPER, layout="tight"
    )
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axis, (method, coordinates) in zip(axes, panels, strict=True):
        _draw_panel(axis, coordinates, points)
        _name_axes(axis, method, found)
    legend = axes[-1].legend(
        title=colour_by,
        loc="center left",
        bbox_to_anchor=(1.02, 0.5),
        frameon=False,
        labelcolor=INK,
        alignment="left",
    )
    legend.get_title().set(color=INK, weight="bold")
    for handle in legend.legend_handles:
        if handle is not None:
            handle.set(sizes=[42], alpha=1)
    figure.suptitle(
        f"{len(found.rows):,} of {found.n_images:,} images, {found.encoder}", color=INK, fontsize=11
    )
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", facecolor=PAPER, metadata={"Software": None})
    return buffer.getvalue()


def _points(column: Column, found: Survey) -> Iterator[Points]:
    """The largest classes first, so that small ones lie above them; then the rest, in grey."""
    codes = column.codes[found.rows]
    counts = np.bincount(codes[codes >= 0], minlength=len(column.names))
    order = [code for code in np.argsort(-counts, kind="stable").tolist() if counts[code]]
    shown, rest = order[:MOST_CLASSES], order[MOST_CLASSES:]
    others = np.flatnonzero(np.isin(codes, rest))
    if len(others):
        yield Points(f"{len(rest)} others ({len(others):,})", others, GREY, "o")
    unknown = np.flatnonzero(codes < 0)
    if len(unknown):
        yield Points(f"unknown ({len(unknown):,})", unknown, GREY, "x")
    for place, code in enumerate(shown):
        yield Points(
            f"{_short(column.names[code])} ({counts[code]:,})",
            np.flatnonzero(codes == code),
            COLOURS[place % len(COLOURS)],
            MARKERS[place // len(COLOURS)],
        )


def _short(name: str) -> str:
    """The end of a name that is too long: of `CT/abdomen/…` it says more than the beginning. A
    dollar sign is no formula here."""
    cut = name if len(name) <= LONGEST_NAME else "…" + name[-LONGEST_NAME + 1 :]
    return cut.replace("$", r"\$")


def _draw_panel(axis: Axes, coordinates: Values, points: Sequence[Points]) -> None:
    size = float(np.clip(12_000 / len(coordinates), 5, 40))
    for each in points:
        x, y = coordinates[each.rows].T
        axis.scatter(
            x,
            y,
            s=size,
            c=each.colour,
            marker=each.marker,
            label=each.name,
            alpha=0.75,
            linewidths=1 if each.marker == "x" else 0,
        )
    axis.set_facecolor(PANEL)
    axis.set(xticks=[], yticks=[])
    axis.set_aspect("equal", adjustable="datalim")
    for spine in axis.spines.values():
        spine.set_color(GREY)


def _name_axes(axis: Axes, method: str, found: Survey) -> None:
    if method == "umap":
        axis.set_title("UMAP (what is near is alike; far says little)", color=INK, fontsize=10)
        return
    values, _ = eigen(found.covariance)
    shares = [*(values / values.sum()), 0.0]
    axis.set_title("Principal components", color=INK, fontsize=10)
    axis.set_xlabel(f"first, {shares[0]:.1%} of the variance", color=INK)
    axis.set_ylabel(f"second, {shares[1]:.1%}", color=INK)
