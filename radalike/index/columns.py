"""Payload columns in memory, on which filters are evaluated for all rows at once.

Values are coded in as few bytes as there are values; a field with many values keeps (row, code)
pairs. So a million images with twelve fields take about 20 MB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from radalike.filters import And, AnyOf, Eq, Filter, HasId, IsEmpty, Not, Range, Value
from radalike.records import PAYLOAD_FIELDS, Payload

Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One field of `size` rows.

    coding: each value's code; values are in their own order, their codes count from 1.
    codes: of each row, 0 where it has no value; with `rows`, entry i says that row `rows[i]` has
    the value of `codes[i]`.
    """

    size: int
    coding: Mapping[Value, int]
    codes: Codes
    rows: npt.NDArray[np.uint32] | None = None

    @property
    def values(self) -> list[Value]:
        """In the order of their codes, from 1."""
        return list(self.coding)

    def mask(self, chosen: Mask) -> Mask:
        """Rows that have a value whose code is `chosen`, bool (values + 1,), never 0."""
        if self.rows is None:
            return chosen[self.codes]
        mask = np.zeros(self.size, dtype=bool)
        mask[self.rows[chosen[self.codes]]] = True
        return mask

    def chosen(self, values: Iterable[Value]) -> Mask:
        """Which codes are those of `values`."""
        codes = np.zeros(len(self.coding) + 1, dtype=bool)
        codes[[self.coding[value] for value in values if value in self.coding]] = True
        return codes

    def passing(self, condition: Eq | AnyOf | Range | IsEmpty) -> Mask:
        """Rows that pass a condition on this field."""
        match condition:
            case Eq(_, value):
                return self.mask(self.chosen([value]))
            case AnyOf(_, values):
                return self.mask(self.chosen(values))
            case Range(_, low, high):
                return self.mask(self.chosen(_between(self.coding, low, high)))
            case IsEmpty():
                return ~self.mask(self.chosen(self.coding))

    def tally(self, within: Mask | None) -> npt.NDArray[np.int64]:
        """How many rows (of those `within`) have each value, int64 (values,), in their order."""
        codes = self.codes
        if within is not None:
            codes = codes[within if self.rows is None else within[self.rows]]
        return np.bincount(codes, minlength=len(self.coding) + 1)[1:]

    def counts(self, within: Mask | None) -> dict[Value, int]:
        """The same by value, without those that nothing has."""
        tally = self.tally(within).tolist()
        return {value: count for value, count in zip(self.coding, tally, strict=True) if count}

    def taken(self, keep: Mask) -> Column:
        """The rows of `keep`."""
        size = int(keep.sum())
        if self.rows is None:
            return Column(size, self.coding, self.codes[keep])
        entries = keep[self.rows]
        places = np.cumsum(keep, dtype=np.uint32) - np.uint32(1)
        return Column(size, self.coding, self.codes[entries], places[self.rows[entries]])


def column_of(name: str, given: Sequence[Any]) -> Column:
    """The column of a payload field; `given` has its value (or list of values) of each row, None
    for none."""
    if not PAYLOAD_FIELDS[name].many and {list, tuple}.isdisjoint(set(map(type, given))):
        coding = _coding(value for value in dict.fromkeys(given) if value is not None)
        return Column(len(given), coding, _coded(given, {**coding, None: 0}))
    rows, values = [], []
    for row, each in enumerate(given):
        for value in dict.fromkeys(each if isinstance(each, list | tuple) else (each,)):
            if value is not None:
                rows.append(row)
                values.append(value)
    coding = _coding(dict.fromkeys(values))
    return Column(len(given), coding, _coded(values, coding), np.asarray(rows, dtype=np.uint32))


def joined(columns: Sequence[Column]) -> Column:
    """One column of the rows of all `columns` (one or more, of one field)."""
    coding = _coding(dict.fromkeys(value for column in columns for value in column.coding))
    codes = np.concatenate([_recoded(column, coding) for column in columns])
    size = sum(column.size for column in columns)
    if columns[0].rows is None:
        return Column(size, coding, codes)
    starts = np.cumsum([0, *(column.size for column in columns[:-1])], dtype=np.uint32)
    rows = [
        column.rows + start
        for column, start in zip(columns, starts, strict=True)
        if column.rows is not None
    ]
    return Column(size, coding, codes, np.concatenate(rows))


def passing(
    condition: Filter, size: int, leaf: Callable[[Eq | AnyOf | Range | IsEmpty | HasId], Mask]
) -> Mask:
    """Which of `size` rows pass, bool (size,); `leaf` says it of a condition without others."""
    match condition:
        case And(filters):
            together = np.ones(size, dtype=bool)
            for each in filters:
                together &= passing(each, size, leaf)
            return together
        case Not(inner):
            return ~passing(inner, size, leaf)
        case _:
            return leaf(condition)


class Columns:
    """All payload fields of a fixed list of points; columns are built when first filtered by."""

    def __init__(self, ids: Sequence[str], payloads: Sequence[Payload]) -> None:
        self._ids = ids
        self._payloads = payloads
        self._columns: dict[str, Column] = {}
        self._places = {point: row for row, point in enumerate(ids)}

    def column(self, name: str) -> Column:
        if name not in self._columns:
            assert name in PAYLOAD_FIELDS
            self._columns[name] = column_of(name, [each.get(name) for each in self._payloads])
        return self._columns[name]

    def mask(self, condition: Filter) -> Mask:
        """Which rows pass, bool (n,)."""
        return passing(condition, len(self._ids), self._leaf)

    def _leaf(self, condition: Eq | AnyOf | Range | IsEmpty | HasId) -> Mask:
        if not isinstance(condition, HasId):
            return self.column(condition.field).passing(condition)
        mask = np.zeros(len(self._ids), dtype=bool)
        mask[[self._places[point] for point in condition.ids if point in self._places]] = True
        return mask


def _between(values: Iterable[Value], low: int | None, high: int | None) -> Iterable[Value]:
    return (
        value
        for value in values
        if isinstance(value, int)
        and (low is None or value >= low)
        and (high is None or value <= high)
    )


def _coding(values: Iterable[Value]) -> dict[Value, int]:
    return {value: code for code, value in enumerate(sorted(values), 1)}


def _coded(values: Sequence[Any], coding: Mapping[Any, int]) -> Codes:
    """In as few bytes as hold the largest code."""
    smallest = np.min_scalar_type(max(coding.values(), default=0))
    codes: Codes = np.fromiter(map(coding.__getitem__, values), smallest, len(values))
    return codes


def _recoded(column: Column, coding: Mapping[Value, int]) -> Codes:
    codes: Codes = _coded([None, *column.values], {None: 0, **coding})[column.codes]
    return codes
