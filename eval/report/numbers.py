"""Numbers as people read them. One that does not exist (NaN) is an empty text."""

from __future__ import annotations

import math
from collections.abc import Callable


def number(value: float) -> str:
    """Three places: 0.594."""
    return "" if math.isnan(value) else f"{value:.3f}"


def signed(value: float) -> str:
    """+0.012, -0.003; 0.000 without a sign."""
    if math.isnan(value):
        return ""
    return f"{value:+.3f}" if abs(value) >= 0.0005 else "0.000"


def interval(low: float, high: float, written: Callable[[float], str] = number) -> str:
    return "" if math.isnan(low) or math.isnan(high) else f"{written(low)} to {written(high)}"


def p_value(value: float) -> str:
    if math.isnan(value):
        return ""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def count(value: int) -> str:
    return f"{value:,}"
