from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.report.line_chart import HEIGHT, WIDTH, Line, line_chart, nice_ticks

NUMBERS = st.floats(-1e6, 1e6)


@given(NUMBERS, NUMBERS)
def test_ticks_enclose_the_values_and_are_few(one: float, two: float) -> None:
    low, high = sorted((one, two))
    ticks = nice_ticks(low, high)
    slack = 1e-6 * max(1, abs(low), abs(high))
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack
    assert 2 <= len(ticks) <= 8


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.54, 0.94, [0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
        (0, 99, [0, 20, 40, 60, 80, 100]),
        (0.5, 0.5, [0.5, 0.51]),
    ],
)
def test_ticks_by_hand(low: float, high: float, ticks: list[float]) -> None:
    assert nice_ticks(low, high)[: len(ticks)] == pytest.approx(ticks)


def points(drawn: str, number: int = 0) -> list[tuple[float, float]]:
    found = re.findall(r'<polyline points="([^"]*)"', drawn)[number]
    return [(float(x), float(y)) for x, y in (each.split(",") for each in found.split())]


def test_a_line_runs_from_left_to_right_and_higher_is_above() -> None:
    drawn = line_chart([Line("one", [(1, 0.2), (2, 0.8)])], description="d", x="N", y="P@N")
    (x1, y1), (x2, y2) = points(drawn)
    assert 0 < x1 < x2 < WIDTH
    assert HEIGHT > y1 > y2 > 0
    assert "<title>d</title>" in drawn
    assert all(f">{text}</text>" in drawn for text in ("one", "N", "P@N", "0.2", "0.8"))


def test_a_logarithmic_axis_has_equal_steps_for_equal_ratios() -> None:
    line = Line("one", [(1, 0), (10, 1), (100, 2)])
    drawn = line_chart([line], description="d", x="images", y="P@1", logarithmic=True)
    (a, _), (b, _), (c, _) = points(drawn)
    assert c - b == pytest.approx(b - a, abs=0.2)
    assert all(f">{mark}</text>" in drawn for mark in (1, 3, 10, 30, 100))


def test_values_that_are_not_finite_are_no_points() -> None:
    line = Line("one", [(1, 0.5), (2, float("nan")), (3, 0.6)], [(1, float("nan"), 1)])
    drawn = line_chart([line], description="d", x="x", y="y")
    assert len(points(drawn)) == 2
    assert "nan" not in drawn
    empty = line_chart([Line("one", [(1, float("nan"))])], description="d", x="x", y="y")
    assert "nothing to draw" in empty


def test_one_point_is_a_dot_and_a_band_is_behind_its_line() -> None:
    alone = line_chart([Line("one", [(1, 0.5)])], description="d", x="x", y="y", logarithmic=True)
    assert "<circle" in alone
    band = Line("one", [(1, 0.5), (2, 0.6)], [(1, 0.4, 0.6), (2, 0.5, 0.7)])
    drawn = line_chart([band], description="d", x="x", y="y")
    assert drawn.index("<polygon") < drawn.index("<polyline")


def test_lines_differ_by_more_than_colour_and_names_are_escaped() -> None:
    lines = [Line(f"<{n}>", [(1, n), (2, n)]) for n in range(8)]
    drawn = line_chart(lines, description="a & b", x="x", y="y")
    assert len(set(re.findall(r'stroke-dasharray="([^"]*)"', drawn))) == 4
    assert "<0>" not in drawn
    assert "a &amp; b" in drawn
