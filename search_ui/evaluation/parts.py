"""What a run is shown as: tables, plots, remarks, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Table:
    """numeric: the columns that hold numbers."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """low, high: the ends of its interval, None where there is none."""

    x: str | float
    y: float
    series: str
    low: float | None = None
    high: float | None = None


class PlotKind(StrEnum):
    """DOTS: x is a name, and series lie side by side. CURVE: x is a number, on a log scale."""

    DOTS = "dots"
    CURVE = "curve"


@dataclass(frozen=True, slots=True)
class Plot:
    """words: what is to be seen, for those who do not see it. The points' numbers are in a table
    next to it."""

    kind: PlotKind
    words: str
    x_title: str
    y_title: str
    series_title: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know, in plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class Unread:
    """why: what was not understood, in words. value: JSON values, as they are stored."""

    why: str
    value: Any


Part: TypeAlias = Table | Plot | Note | Unread
