"""A run of `radalike eval ann`: approximate search beside exact search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from search_ui.evaluation.parts import Note, Part, Plot, PlotKind, Point, Table
from search_ui.evaluation.reading import (
    UnknownShape,
    count_at,
    figure,
    interval_title,
    mappings_at,
    number_at,
    queries_title,
    signed,
    text_at,
    texts_at,
)
from search_ui.words import count_title, share_title


@dataclass(frozen=True, slots=True)
class _Measured:
    """One setting under one filter; low, high: of the change of P@N against exact search."""

    setting: str
    filter: str
    k: int
    recall: float | None
    p50: float | None
    p95: float | None
    p99: float | None
    metric: str
    change: float | None
    low: float | None
    high: float | None
    failed: bool


_Values = Callable[[_Measured], tuple[float | None, float | None, float | None]]
"""A value to plot, and the ends of its line."""


def settings(found: Mapping[str, Any]) -> Iterator[Part]:
    """Recall, what becomes of P@N, and latency, by setting and filter."""
    filters = {text_at(each, "filter"): each for each in mappings_at(found, "filters")}
    measured = list(_measured(found))
    if not measured:
        raise UnknownShape("settings")
    named = {name: _filter_title(name, each) for name, each in filters.items()}
    first = measured[0]
    plotted: tuple[tuple[str, str, _Values], ...] = (
        (
            f"Share of the exact first {first.k} that each setting finds, by filter.",
            f"Recall@{first.k}",
            lambda each: (each.recall, None, None),
        ),
        (
            f"Change of {first.metric} against exact search by setting and filter, with intervals.",
            f"Change of {first.metric}",
            lambda each: (each.change, each.low, each.high),
        ),
        (
            f"Median milliseconds of a search for {first.k} by setting, with a line to p95.",
            "Milliseconds (p50, line to p95)",
            lambda each: (each.p50, each.p50, each.p95),
        ),
    )
    for words, y_title, values in plotted:
        yield Plot(
            PlotKind.DOTS,
            words,
            "Setting",
            y_title,
            "Filter",
            tuple(
                Point(each.setting, value, named.get(each.filter, each.filter), low, high)
                for each in measured
                for value, low, high in (values(each),)
                if value is not None
            ),
        )
    for name in filters:
        yield _table(named[name], [each for each in measured if each.filter == name])


def verdict(found: Mapping[str, Any]) -> Iterator[Part]:
    failed = texts_at(found, "failed")
    tolerance = number_at(found, "tolerance") or 0.0
    yield Note(
        f"{queries_title(count_at(found, 'n_queries'))} among "
        f"{count_title(count_at(found, 'n_index'), 'image')}. "
        + (
            f"Costs too much: {', '.join(failed)}."
            if failed
            else f"No setting costs more than {tolerance:g} of P@10."
        )
    )
    listed = mappings_at(found, "settings")
    if any(
        text_at(each, "backend") != "exact" and not count_at(each, "indexed") for each in listed
    ):
        yield Note(
            "Of so few images the engine builds no graph: it reads every vector, and its settings "
            "make no difference here."
        )


def _measured(found: Mapping[str, Any]) -> Iterator[_Measured]:
    for setting in mappings_at(found, "settings"):
        for each in mappings_at(setting, "filters"):
            depths, changes = mappings_at(each, "depths"), mappings_at(each, "changes")
            if not depths or not changes:
                raise UnknownShape("depths and changes")
            depth, change = depths[0], changes[-1]
            yield _Measured(
                setting=text_at(setting, "setting"),
                filter=text_at(each, "filter"),
                k=count_at(depth, "k"),
                recall=number_at(depth, "recall"),
                p50=number_at(depth, "p50"),
                p95=number_at(depth, "p95"),
                p99=number_at(depth, "p99"),
                metric=text_at(change, "metric"),
                change=number_at(change, "difference"),
                low=number_at(change, "low"),
                high=number_at(change, "high"),
                failed=each.get("failed") is True,
            )


def _table(filter_: str, measured: list[_Measured]) -> Table:
    depth = measured[0].k if measured else 10
    metric = measured[0].metric if measured else "P@10"
    columns = (
        "Setting",
        f"Recall@{depth}",
        f"Change of {metric}",
        "95 % interval",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "Verdict",
    )
    rows = tuple(
        (
            each.setting,
            figure(each.recall, 4),
            signed(each.change),
            interval_title(
                None if each.low is None or each.high is None else (each.low, each.high), "+.3f"
            ),
            *(figure(took, 2) for took in (each.p50, each.p95, each.p99)),
            "fails" if each.failed else "passes",
        )
        for each in measured
    )
    return Table(filter_, columns, rows, columns[1:-1])


def _filter_title(name: str, offered: Mapping[str, Any]) -> str:
    share = number_at(offered, "share")
    return name if share is None else f"{name} ({share_title(share)})"
