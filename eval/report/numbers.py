"""Numbers as people read them. One that does not exist (NaN) is an empty text."""

from __future__ import annotations

import math
from collections.abc import Callable


def number(value: float) -> str:
    """Three places: 0.594."""
    return "" if math.isnan(value) else f"{value:.3f}"


def signed(value: float, places: int = 3) -> str:
    """+0.012, -0.003; 0.000 without a sign."""
    if math.isnan(value):
        return ""
    return f"{value:+.{places}f}" if abs(value) >= 0.5 * 10**-places else f"{0:.{places}f}"


def interval(low: float, high: float, written: Callable[[float], str] = number) -> str:
    return "" if math.isnan(low) or math.isnan(high) else f"{written(low)} to {written(high)}"


def p_value(value: float) -> str:
    if math.isnan(value):
        return ""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def count(value: int) -> str:
    return f"{value:,}"
