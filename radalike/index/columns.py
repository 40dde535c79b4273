"""Payload columns in memory, on which filters are evaluated for all rows at once.

Keywords are coded as integers per field; a field with many values keeps (row, code) pairs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from radalike.filters import And, AnyOf, Eq, Filter, HasId, IsEmpty, Not, Range, Value
from radalike.records import PAYLOAD_FIELDS, Payload

Mask = npt.NDArray[np.bool_]


class Column:
    """One field of `payloads`: `rows[i]` has the value `values[codes[i]]`."""

    def __init__(self, name: str, payloads: Sequence[Payload]) -> None:
        coding: dict[Value, int] = {}
        rows: list[int] = []
        codes: list[int] = []
        for row, payload in enumerate(payloads):
            value = payload.get(name)
            if value is None:
                continue
            for each in dict.fromkeys(value) if isinstance(value, list | tuple) else (value,):
                rows.append(row)
                codes.append(coding.setdefault(each, len(coding)))
        self.size = len(payloads)
        self.coding = coding
        self.rows = np.asarray(rows, dtype=np.int64)
        self.codes = np.asarray(codes, dtype=np.int64)

    def mask(self, chosen: npt.NDArray[np.bool_]) -> Mask:
        """Rows that have one of the values whose code is `chosen`."""
        mask = np.zeros(self.size, dtype=bool)
        mask[self.rows[chosen[self.codes]]] = True
        return mask

    def codes_of(self, values: Sequence[Value]) -> npt.NDArray[np.bool_]:
        chosen = np.zeros(len(self.coding), dtype=bool)
        chosen[[self.coding[value] for value in values if value in self.coding]] = True
        return chosen

    def codes_between(self, low: int | None, high: int | None) -> npt.NDArray[np.bool_]:
        numbers = np.asarray(list(self.coding), dtype=np.int64)
        chosen = np.ones(len(numbers), dtype=bool)
        if low is not None:
            chosen &= numbers >= low
        if high is not None:
            chosen &= numbers <= high
        return chosen

    def counts(self, within: Mask | None) -> dict[str, int]:
        codes = self.codes if within is None else self.codes[within[self.rows]]
        found = np.bincount(codes, minlength=len(self.coding)).tolist()
        return {str(value): found[code] for value, code in self.coding.items() if found[code]}


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
            self._columns[name] = Column(name, self._payloads)
        return self._columns[name]

    def mask(self, condition: Filter) -> Mask:
        """Which rows pass, bool (n,)."""
        match condition:
            case Eq(name, value):
                column = self.column(name)
                return column.mask(column.codes_of([value]))
            case AnyOf(name, values):
                column = self.column(name)
                return column.mask(column.codes_of(values))
            case Range(name, low, high):
                column = self.column(name)
                return column.mask(column.codes_between(low, high))
            case IsEmpty(name):
                column = self.column(name)
                return ~column.mask(np.ones(len(column.coding), dtype=bool))
            case HasId(ids):
                mask = np.zeros(len(self._ids), dtype=bool)
                mask[[self._places[point] for point in ids if point in self._places]] = True
                return mask
            case Not(inner):
                return ~self.mask(inner)
            case And(filters):
                together = np.ones(len(self._ids), dtype=bool)
                for each in filters:
                    together &= self.mask(each)
                return together
