from __future__ import annotations

from typing import Any

import pytest

from search_ui.components.evaluation.plots import chart_of
from search_ui.components.evaluation.run_table import number_of
from search_ui.evaluation.parts import Plot, PlotKind, Point


def drawn(kind: PlotKind, *points: Point) -> dict[str, Any]:
    chart: dict[str, Any] = chart_of(Plot(kind, "words", "x", "y", "series", points)).to_dict()
    return chart


def test_points_with_their_intervals() -> None:
    chart = drawn(
        PlotKind.DOTS, Point("P@1", 0.75, "one", 0.7, 0.8), Point("P@1", 0.5, "two", None, None)
    )
    (rows,) = chart["datasets"].values()
    assert [(row["low"], row["high"]) for row in rows] == [(0.7, 0.8), (0.5, 0.5)]
    assert [row["told"] for row in rows] == ["0.750 (0.700 to 0.800)", "0.500"]
    rule, dot = chart["layer"]
    assert (rule["mark"]["type"], dot["mark"]["type"]) == ("rule", "point")
    assert dot["encoding"]["xOffset"]["field"] == "series"
    assert dot["encoding"]["shape"]["field"] == "series"


def test_a_curve_is_drawn_over_the_logarithm() -> None:
    chart = drawn(PlotKind.CURVE, Point(1.0, 0.5, "micro"), Point(100.0, 0.7, "micro"))
    line = chart["layer"][0]
    assert line["mark"]["type"] == "line"
    assert line["encoding"]["x"]["scale"] == {"type": "log"}
    assert line["encoding"]["x"]["type"] == "quantitative"


def test_many_series_have_no_shapes_that_nobody_could_tell_apart() -> None:
    points = [Point("P@1", 0.5, f"series {number}") for number in range(7)]
    assert "shape" not in drawn(PlotKind.DOTS, *points)["layer"][1]["encoding"]


@pytest.mark.parametrize(("value", "number"), [(3, 3), (3.0, 3), (2.5, None), (True, None)])
def test_what_the_browser_may_choose(value: object, number: int | None) -> None:
    assert number_of(value) == number


@pytest.mark.parametrize("value", [None, "3", {}, -1, 0, 10**12, float("nan"), float("inf")])
def test_what_the_browser_may_not_choose(value: object) -> None:
    assert number_of(value) is None
