"""Values out of stored JSON, checked one by one, and how numbers are written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any


class UnknownShape(ValueError):
    """A stored run is not written as this version writes it; `what` is missing, or another thing.
    It never leaves `search_ui.evaluation`: what it stands for is shown as JSON."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


def mapping_at(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Raises UnknownShape, as all of these do."""
    found = values.get(name)
    if not isinstance(found, Mapping):
        raise UnknownShape(name)
    return found


def mappings_at(values: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = values.get(name)
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise UnknownShape(name)
    return found


def text_at(values: Mapping[str, Any], name: str) -> str:
    found = values.get(name)
    if not isinstance(found, str):
        raise UnknownShape(name)
    return found


def texts_at(values: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """None is written for an empty list."""
    found = values.get(name) or []
    if not isinstance(found, list):
        raise UnknownShape(name)
    return tuple(map(str, found))


def count_at(values: Mapping[str, Any], name: str) -> int:
    found = number_at(values, name)
    if found is None:
        raise UnknownShape(name)
    return round(found)


def number_at(values: Mapping[str, Any], name: str) -> float | None:
    """None: a number that does not exist (null, NaN)."""
    if name not in values:
        raise UnknownShape(name)
    return _number(values[name], name)


def numbers_of(values: Mapping[str, Any]) -> dict[str, float | None]:
    return {str(name): _number(value, str(name)) for name, value in values.items()}


Interval = tuple[float, float]


def interval_of(value: Any, name: str) -> Interval | None:
    """None: there is none."""
    if value is None:
        return None
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        raise UnknownShape(name)
    low, high = (_number(each, name) for each in value)
    return None if low is None or high is None else (low, high)


def _number(value: Any, name: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnknownShape(name)
    return float(value) if math.isfinite(value) else None


# -- how numbers are written -----------------------------------------------------------------------


def figure(value: float | None, decimals: int = 3) -> str:
    """`0.925`; nothing for a number that does not exist."""
    return "" if value is None else f"{value:.{decimals}f}"


def signed(value: float | None) -> str:
    """`+0.012`."""
    return "" if value is None else f"{value:+.3f}"


def interval_title(interval: Interval | None, written: str = ".3f") -> str:
    """`0.900 to 0.950`."""
    return "" if interval is None else f"{interval[0]:{written}} to {interval[1]:{written}}"


def queries_title(count: int) -> str:
    """`1 query`, `442 queries`."""
    return f"{count:,} {'query' if count == 1 else 'queries'}"
