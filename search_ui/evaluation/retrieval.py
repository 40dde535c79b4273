"""A run of `radalike eval retrieval`: metrics with intervals, and groups of queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from search_ui.evaluation.parts import Note, Part, Plot, PlotKind, Point, Table
from search_ui.evaluation.reading import (
    Interval,
    UnknownShape,
    count_at,
    figure,
    interval_of,
    interval_title,
    mapping_at,
    mappings_at,
    number_at,
    numbers_of,
    queries_title,
    text_at,
)
from search_ui.words import count_title, field_title, title

MEANS = ("micro", "macro")
"""The mean over queries, and the mean of the classes' means."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric's mean, None where there is none, with the interval that was made for it."""

    metric: str
    value: float | None
    interval: Interval | None


def estimates_of(found: Mapping[str, Any], mean: str) -> tuple[Estimate, ...]:
    """By metric, in the order they were asked for. Raises UnknownShape."""
    if not isinstance(found, Mapping):
        raise UnknownShape("found")
    intervals = found.get("intervals") or {}
    if not isinstance(intervals, Mapping):
        raise UnknownShape("intervals")
    bounds = intervals.get(mean) or {}
    if not isinstance(bounds, Mapping):
        raise UnknownShape("intervals")
    return tuple(
        Estimate(name, value, interval_of(bounds.get(name), "intervals"))
        for name, value in numbers_of(mapping_at(found, mean)).items()
    )


def points_of(estimates: Iterable[Estimate], series: str) -> Iterator[Point]:
    for each in estimates:
        if each.value is not None:
            low, high = each.interval or (None, None)
            yield Point(each.metric, each.value, series, low, high)


def estimate_title(estimate: Estimate) -> str:
    """`0.925 (0.900 to 0.950)`."""
    interval = interval_title(estimate.interval)
    return f"{figure(estimate.value)}{f' ({interval})' if interval else ''}"


def metrics(found: Mapping[str, Any]) -> Iterator[Part]:
    by_mean = {mean: estimates_of(found, mean) for mean in MEANS}
    yield Plot(
        PlotKind.DOTS,
        "Each metric as the mean over queries (micro) and over classes (macro), with intervals.",
        "Metric",
        "Mean",
        "Mean over",
        tuple(
            point
            for mean, estimates in by_mean.items()
            for point in points_of(estimates, _over(mean))
        ),
    )
    columns = ("Metric", "Micro", "95 % interval", "Macro", "95 % interval of macro")
    macro = {each.metric: each for each in by_mean["macro"]}
    rows = []
    for each in by_mean["micro"]:
        other = macro.get(each.metric, Estimate(each.metric, None, None))
        rows.append(
            (
                each.metric,
                figure(each.value),
                interval_title(each.interval),
                figure(other.value),
                interval_title(other.interval),
            )
        )
    yield Table(
        f"{queries_title(count_at(found, 'n_queries'))} by {text_at(found, 'relevance')} among "
        f"{count_title(count_at(found, 'n_index'), 'image')}",
        columns,
        tuple(rows),
        columns[1:],
    )


def _over(mean: str) -> str:
    return {"micro": "Queries (micro)", "macro": "Classes (macro)"}[mean]


def groups(found: Mapping[str, Any]) -> Iterator[Part]:
    """By modality, by anatomy …: as it was asked for; a run without has none."""
    by = found.get("by") or {}
    if not isinstance(by, Mapping):
        raise UnknownShape("by")
    for field in by:
        yield from _grouped(str(field), mappings_at(by, field))


def _grouped(field: str, listed: list[Mapping[str, Any]]) -> Iterator[Part]:
    rows: list[tuple[str, int, dict[str, float | None]]] = []
    points: list[Point] = []
    names: list[str] = []
    for each in listed:
        name = title(field, text_at(each, "name"))
        micro = numbers_of(mapping_at(each, "micro"))
        names = list(dict.fromkeys([*names, *micro]))
        rows.append((name, count_at(each, "n_queries"), micro))
        points += [
            Point(name, value, metric) for metric, value in micro.items() if value is not None
        ]
    heading = field.replace("-", " ")
    yield Plot(
        PlotKind.DOTS,
        f"Each metric, the mean over queries, by {heading}.",
        field_title(heading),
        "Mean over queries",
        "Metric",
        tuple(points),
    )
    columns = (field_title(heading), "Queries", *names)
    yield Table(
        f"By {heading}: means over queries",
        columns,
        tuple(
            (name, f"{queries:,}", *(figure(micro.get(metric)) for metric in names))
            for name, queries, micro in rows
        ),
        columns[1:],
    )


def remarks(found: Mapping[str, Any]) -> Iterator[Part]:
    intervals = found.get("intervals")
    if isinstance(intervals, Mapping):
        yield Note(
            f"Intervals: bootstrap over {count_title(count_at(intervals, 'patients'), 'patient')} "
            "(an image without a known one counts as its own), "
            f"{count_title(count_at(intervals, 'draws'), 'draw')}."
        )
    yield from not_scored(found)


def not_scored(found: Mapping[str, Any]) -> Iterator[Part]:
    """What was left out of the numbers, and why; nothing where nothing was."""
    apart = number_at(found, "unanswerable") if "unanswerable" in found else None
    if apart:
        yield Note(f"Not scored: {apart:,.0f} queries that the index has no hit for.")
    for name, why in (
        ("left_out", "have no value to compare"),
        ("without_vector", "have no vector of this encoder"),
    ):
        by_role = found.get(name)
        if isinstance(by_role, Mapping):
            counted = {role: count for role, count in numbers_of(by_role).items() if count}
            if counted:
                words = " and ".join(
                    f"{count:,.0f} of the {role}" for role, count in counted.items()
                )
                yield Note(f"Left out: {words}, which {why}.")
