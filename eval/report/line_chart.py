"""Curves as SVG, drawn in the page's own colours, so that they follow its light and its dark."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.report.markup import Html, join, tag

WIDTH, HEIGHT = 460, 280
_LEFT, _TOP, _BOTTOM = 52, 12, 46
_LEGEND = 22
_COLOURS = 6
_DASHES = ("none", "7 4", "2 3", "10 3 2 3")


@dataclass(frozen=True, slots=True)
class Line:
    """points: (x, y), x ascending. band: (x, low, high), drawn behind it."""

    name: str
    points: Sequence[tuple[float, float]]
    band: Sequence[tuple[float, float, float]] = ()


def line_chart(
    lines: Sequence[Line],
    *,
    description: str,
    x: str,
    y: str,
    logarithmic: bool = False,
    reach: Sequence[float] = (),
) -> Html:
    """x, y: what the axes are. logarithmic: of x, which is then above 0. reach: values that y shall
    show as well. A value that is not finite is left out."""
    known = [_finite(line) for line in lines]
    xs = [at for line in known for at, _ in line.points]
    ys = [value for line in known for _, value in line.points]
    ys += reach
    ys += [bound for line in known for _, low, high in line.band for bound in (low, high)]
    if not xs:
        return tag("p", "There is nothing to draw.", class_="quiet")
    rows = len(known)
    height = HEIGHT + _LEGEND * rows
    ticks = nice_ticks(min(ys), max(ys))
    across = _scale(min(xs), max(xs), _LEFT, WIDTH - 14, logarithmic=logarithmic)
    down = _scale(ticks[0], ticks[-1], HEIGHT - _BOTTOM, _TOP)
    marks = _powers(min(xs), max(xs)) if logarithmic else _whole(nice_ticks(min(xs), max(xs)), xs)
    parts = [
        *(_horizontal(down(tick), _label(tick, ticks)) for tick in ticks),
        *(_vertical(across(mark), f"{mark:,.0f}") for mark in marks),
        _text((_LEFT + WIDTH) / 2, HEIGHT - 8, x, anchor="middle"),
        tag(
            "text",
            y,
            transform=f"translate(13 {(HEIGHT - _BOTTOM + _TOP) / 2:.0f}) rotate(-90)",
            text_anchor="middle",
        ),
        *(_drawn(line, number, across, down) for number, line in enumerate(known)),
        *(_legend(line, number) for number, line in enumerate(known)),
    ]
    return tag(
        "svg",
        tag("title", description),
        *parts,
        viewBox=f"0 0 {WIDTH} {height}",
        width=str(WIDTH),
        height=str(height),
        role="img",
    )


def nice_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers, evenly spaced, from at most `low` to at least `high`."""
    span = high - low or abs(high) * 0.1 or 1.0
    raw = span / about
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [step * each for each in range(first, max(last, first + 1) + 1)]


def _finite(line: Line) -> Line:
    points = [point for point in line.points if all(map(math.isfinite, point))]
    band = [each for each in line.band if all(map(math.isfinite, each))]
    return Line(line.name, points, band)


def _scale(
    low: float, high: float, start: float, end: float, *, logarithmic: bool = False
) -> Callable[[float], float]:
    if logarithmic:
        linear = _scale(math.log(low), math.log(high), start, end)
        return lambda value: linear(math.log(value))
    if low == high:
        return lambda _value: (start + end) / 2
    return lambda value: start + (value - low) / (high - low) * (end - start)


def _powers(low: float, high: float) -> list[float]:
    """1, 3, 10, 30 … within the bounds."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [m * 10.0**e for e in exponents for m in (1, 3) if low <= m * 10.0**e <= high]


def _whole(ticks: Sequence[float], xs: Sequence[float]) -> list[float]:
    return [tick for tick in ticks if min(xs) <= tick <= max(xs) and tick == round(tick)]


def _label(tick: float, ticks: Sequence[float]) -> str:
    places = max(0, -math.floor(math.log10(ticks[1] - ticks[0]) + 1e-9))
    return f"{tick:.{places}f}"


def _horizontal(y: float, label: str) -> Html:
    line = tag(
        "line",
        x1=str(_LEFT), x2=str(WIDTH - 14), y1=f"{y:.1f}", y2=f"{y:.1f}", class_="grid",
    )  # fmt: skip
    return join([line, _text(_LEFT - 6, y + 4, label, anchor="end")], "")


def _vertical(x: float, label: str) -> Html:
    bottom = HEIGHT - _BOTTOM
    line = tag(
        "line",
        x1=f"{x:.1f}", x2=f"{x:.1f}", y1=str(bottom), y2=str(bottom + 4), class_="axis",
    )  # fmt: skip
    return join([line, _text(x, bottom + 17, label, anchor="middle")], "")


def _text(x: float, y: float, text: str, *, anchor: str = "start") -> Html:
    return tag("text", text, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor)


def _drawn(
    line: Line, number: int, across: Callable[[float], float], down: Callable[[float], float]
) -> Html:
    points = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in line.points)
    parts = [tag("polyline", points=points, class_="line", **_stroke(number))]
    if len(line.points) == 1:
        x, y = line.points[0]
        dot = {"cx": f"{across(x):.1f}", "cy": f"{down(y):.1f}", "r": "3"}
        parts.append(tag("circle", style=f"fill: {_colour(number)}", **dot))
    if line.band:
        upper = [(x, high) for x, _, high in line.band]
        lower = [(x, low) for x, low, _ in reversed(line.band)]
        around = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in (*upper, *lower))
        parts.insert(0, tag("polygon", points=around, class_="band", style=_fill(number)))
    return join(parts, "")


def _legend(line: Line, number: int) -> Html:
    y = HEIGHT + _LEGEND * number + 10
    sample = tag(
        "line",
        x1=str(_LEFT), x2=str(_LEFT + 30), y1=str(y), y2=str(y), class_="line", **_stroke(number),
    )  # fmt: skip
    return join([sample, _text(_LEFT + 38, y + 4, line.name)], "")


def _colour(number: int) -> str:
    return f"var(--series-{number % _COLOURS + 1})"


def _fill(number: int) -> str:
    return f"fill: {_colour(number)}"


def _stroke(number: int) -> dict[str, str]:
    """Lines differ by their dashes as well: not all readers see colours, and not all printers."""
    dashes = _DASHES[number % len(_DASHES)]
    return {"style": f"stroke: {_colour(number)}", "stroke_dasharray": dashes}
