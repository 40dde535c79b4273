"""Runs of `radalike eval knn` and `probe`: how well classes are told apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from search_ui.evaluation.parts import Note, Part, Plot, PlotKind, Point, Table
from search_ui.evaluation.reading import (
    count_at,
    figure,
    interval_title,
    number_at,
    queries_title,
    text_at,
)
from search_ui.evaluation.retrieval import MEANS, estimates_of, points_of
from search_ui.words import count_title

_TITLES = {"roc_auc": "ROC-AUC", "f1": "F1"}


def measures(found: Mapping[str, Any]) -> Iterator[Part]:
    micro, macro = ({each.metric: each for each in estimates_of(found, mean)} for mean in MEANS)
    points = [
        Point(_named(point.x), point.y, point.series, point.low, point.high)
        for mean, estimates in zip(MEANS, (micro, macro), strict=True)
        for point in points_of(estimates.values(), mean)
    ]
    yield Plot(
        PlotKind.DOTS,
        "Each measure as the mean over queries (micro) and over classes (macro); accuracies with "
        "intervals.",
        "Measure",
        "Value",
        "Mean",
        tuple(points),
    )
    columns = ("Measure", "Micro", "95 % interval", "Macro", "95 % interval of macro")
    rows = []
    for name, each in micro.items():
        other = macro.get(name)
        rows.append(
            (
                _named(name),
                figure(each.value),
                interval_title(each.interval),
                figure(other.value if other else None),
                interval_title(other.interval if other else None),
            )
        )
    yield Table(
        f"{queries_title(count_at(found, 'n_queries'))}, "
        f"{count_at(found, 'n_classes'):,} classes by {text_at(found, 'relevance')}, among "
        f"{count_title(count_at(found, 'n_index'), 'image')}",
        columns,
        tuple(rows),
        columns[1:],
    )


def neighbours(found: Mapping[str, Any]) -> Iterator[Part]:
    """How many voted, and how that was chosen."""
    yield Note(f"{count_title(count_at(found, 'k'), 'neighbour')} voted.")
    by_k = found.get("by_k")
    if not isinstance(by_k, list) or not by_k:
        return
    rates = [number_at({"by_k": each}, "by_k") for each in by_k]
    points = tuple(
        Point(float(k), rate, "validation")
        for k, rate in enumerate(rates, start=1)
        if rate is not None
    )
    yield Plot(
        PlotKind.CURVE,
        "Share of validation images that are right, by the number of neighbours.",
        "Neighbours (logarithmic)",
        "Accuracy",
        "Images",
        points,
    )
    yield Table(
        "Accuracy on the validation images, by the number of neighbours",
        ("Neighbours", "Accuracy"),
        tuple((f"{k:,}", figure(rate)) for k, rate in enumerate(rates, start=1)),
        ("Neighbours", "Accuracy"),
    )


def method(found: Mapping[str, Any]) -> Iterator[Part]:
    """What was learnt, and on what it was chosen."""
    named = {"linear": "A linear layer", "ridge": "Ridge regression"}
    name = text_at(found, "method")
    where = "images held out of the index" if found.get("held_out") else "validation images"
    yield Note(f"{named.get(name, name)}, chosen on {count_at(found, 'n_validation'):,} {where}.")


def _named(name: str | float) -> str:
    return _TITLES.get(str(name), str(name).capitalize())
