"""A run of `radalike eval saturation`: P@1 against the size of the index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from search_ui.evaluation.parts import Note, Part, Plot, PlotKind, Point, Table
from search_ui.evaluation.reading import (
    UnknownShape,
    count_at,
    figure,
    interval_title,
    mapping_at,
    mappings_at,
    number_at,
    queries_title,
    text_at,
)
from search_ui.evaluation.retrieval import MEANS


def curve(found: Mapping[str, Any]) -> Iterator[Part]:
    steps = mappings_at(found, "curve")
    metric = text_at(found, "metric")
    points, rows = [], []
    for step in steps:
        size, whole = count_at(step, "size"), step.get("whole_index") is True
        row = [f"all (up to {size:,})" if whole else f"{size:,}", f"{count_at(step, 'n_index'):,}"]
        for mean in MEANS:
            spread = mapping_at(step, mean)
            value, low, high = (number_at(spread, name) for name in ("mean", "low", "high"))
            known = None if whole or low is None or high is None else (low, high)
            row += [figure(value), interval_title(known)]
            if value is not None:
                points.append(Point(float(max(size, 1)), value, mean, low, high))
        rows.append(tuple(row))
    if not rows:
        raise UnknownShape("curve")
    yield Plot(
        PlotKind.CURVE,
        f"{metric} against the images of each class in the index, with the range of the middle "
        "95 % of draws.",
        "Images of a class (logarithmic)",
        metric,
        "Mean",
        tuple(points),
    )
    columns = (
        "Images a class",
        "Index",
        f"Micro {metric}",
        "95 % of draws",
        f"Macro {metric}",
        "95 % of draws, macro",
    )
    yield Table(
        f"{metric} by the size of the index, by {text_at(found, 'relevance')}: "
        f"{queries_title(count_at(found, 'n_queries'))}",
        columns,
        tuple(rows),
        columns,
    )


def remarks(found: Mapping[str, Any]) -> Iterator[Part]:
    draws = count_at(found, "draws")
    yield Note(
        f"Each size is the mean of {draws:,} indexes drawn at random by patient; the last is the "
        "whole index."
    )
