"""A run of `radalike eval compare`: paired differences between encoders, or settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from search_ui.evaluation.parts import Note, Part, Plot, PlotKind, Point, Table
from search_ui.evaluation.reading import (
    figure,
    interval_title,
    mappings_at,
    number_at,
    signed,
    text_at,
)


def differences(found: Mapping[str, Any]) -> Iterator[Part]:
    """A plot of all pairs, and a table a pair."""
    by_pair: dict[str, list[Mapping[str, Any]]] = {}
    for each in mappings_at(found, "differences"):
        by_pair.setdefault(f"{text_at(each, 'a')} - {text_at(each, 'b')}", []).append(each)
    points = [
        Point(
            f"{text_at(each, 'metric')} {text_at(each, 'mean')}",
            difference,
            pair,
            number_at(each, "low"),
            number_at(each, "high"),
        )
        for pair, listed in by_pair.items()
        for each in listed
        if (difference := number_at(each, "difference")) is not None
    ]
    yield Plot(
        PlotKind.DOTS,
        "Difference of each metric between the two of a pair, with intervals; above 0 the first is "
        "better.",
        "Metric",
        "Difference",
        "Pair",
        tuple(points),
    )
    for pair, listed in by_pair.items():
        yield _table(pair, listed)
    level = number_at(found, "level")
    yield Note(
        "p: sign flips of whole patients; Holm: corrected for "
        f"{sum(map(len, by_pair.values())):,} tests. A difference is said to be shown below "
        f"{0.05 if level is None else level:g}."
    )


def _table(pair: str, listed: list[Mapping[str, Any]]) -> Table:
    columns = ("Metric", "First", "Second", "Difference", "95 % interval", "p", "Holm", "Verdict")
    rows = []
    for each in listed:
        low, high = number_at(each, "low"), number_at(each, "high")
        rows.append(
            (
                f"{text_at(each, 'metric')} {text_at(each, 'mean')}",
                figure(number_at(each, "of_a")),
                figure(number_at(each, "of_b")),
                signed(number_at(each, "difference")),
                interval_title(None if low is None or high is None else (low, high), "+.3f"),
                figure(number_at(each, "p")),
                figure(number_at(each, "corrected")),
                text_at(each, "verdict"),
            )
        )
    return Table(pair, columns, tuple(rows), columns[1:-1])
