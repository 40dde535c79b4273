"""What the catalog says of all images with a vector, as columns in memory.

One byte or two a value, so that 1.6 million images take about 40 MB. Patient, study and series have
too many values to be worth holding, and are asked of the catalog, which has an index of each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from radalike.catalog.listing import fields_of_part, labels_in, numbers_passing
from radalike.catalog.store import Catalog, Part
from radalike.errors import LibraryError
from radalike.filters import AnyOf, Eq, Filter, HasId, IsEmpty, Range
from radalike.index.columns import Column, Mask, column_of, joined, passing
from radalike.records import PAYLOAD_FIELDS

HELD = tuple(name for name in PAYLOAD_FIELDS if name not in ("patient", "study", "series"))


@dataclass(frozen=True, slots=True, eq=False)
class ImageTable:
    """One row an image. numbers: the catalog's, int64 (n,). columns: of HELD fields. part: the
    name of the (first) part that has its vector."""

    numbers: npt.NDArray[np.int64]
    columns: Mapping[str, Column]
    part: Column

    def __len__(self) -> int:
        return len(self.numbers)

    def mask(self, condition: Filter | None, catalog: Catalog) -> Mask:
        """Which rows pass, bool (n,)."""

        def leaf(each: Eq | AnyOf | Range | IsEmpty | HasId) -> Mask:
            if not isinstance(each, HasId) and each.field in self.columns:
                return self.columns[each.field].passing(each)
            found = np.asarray(numbers_passing(catalog.engine, each), dtype=np.int64)
            return np.isin(self.numbers, found)

        if condition is None:
            return np.ones(len(self), dtype=bool)
        return passing(condition, len(self), leaf)

    def taken(self, keep: Mask) -> ImageTable:
        columns = {name: column.taken(keep) for name, column in self.columns.items()}
        return ImageTable(self.numbers[keep], columns, self.part.taken(keep))


class LiveImageTable:
    """The table of the images that an encoder has vectors of, brought up to date when it is asked
    for. Safe to use from several threads: while one reads what is new, others have what was."""

    def __init__(self, catalog: Catalog, fingerprint: str, remapped: Path) -> None:
        """remapped: a file that is touched when the words of images have been changed."""
        self._catalog = catalog
        self._fingerprint = fingerprint
        self._remapped = remapped
        self._renewing = Lock()
        self._known: tuple[tuple[tuple[Part, ...], int], ImageTable] | None = None

    def current(self) -> ImageTable:
        """Raises LibraryError when the catalog does not have the rows of a part."""
        known, version = self._known, self._version()
        if known is not None and known[0] == version:
            return known[1]
        if not self._renewing.acquire(blocking=known is None):
            assert known is not None
            return known[1]
        try:
            return self._renewed()
        finally:
            self._renewing.release()

    def _version(self) -> tuple[tuple[Part, ...], int]:
        try:
            remapped = self._remapped.stat().st_mtime_ns
        except FileNotFoundError:
            remapped = 0
        return tuple(self._catalog.parts(self._fingerprint)), remapped

    def _renewed(self) -> ImageTable:
        while True:
            version, known = self._version(), self._known
            if known is not None and known[0] == version:
                return known[1]  # another thread has just done it
            parts, remapped = version
            kept = None
            if known is not None and known[0][1] == remapped:
                kept = _without_gone(known[1], known[0][0], parts)
            held = known[0][0] if known is not None and kept is not None else ()
            read = [self._of_part(part) for part in parts if part not in held]
            table = _joined([kept, *read] if kept is not None else read)
            # It was read in several transactions: what has been erased or remapped meanwhile is
            # read again, what has been added meanwhile comes with the next question.
            now, remapped_now = self._version()
            if set(parts) <= set(now) and remapped == remapped_now:
                self._known = (version, table)
                return table

    def _of_part(self, part: Part) -> ImageTable:
        rows = fields_of_part(self._catalog.engine, part.name, HELD)
        if not rows and part in self._catalog.parts(self._fingerprint):
            raise LibraryError(
                f"the catalog has no rows of embedding part {part.name}",
                hint="restore the library from a backup",
                part=part.name,
            )
        return _table(rows, part.name)


def _without_gone(
    table: ImageTable, before: Sequence[Part], now: Sequence[Part]
) -> ImageTable | None:
    """`table` without the rows of parts that are gone; None where an image can have vectors in
    several, as it can of its tiles."""
    gone = [part.name for part in before if part not in now]
    if gone and sum(part.rows for part in before) != len(table):
        return None
    return table.taken(~table.part.mask(table.part.chosen(gone))) if gone else table


def _joined(tables: Sequence[ImageTable]) -> ImageTable:
    """All their images, each once."""
    if len(tables) < 2:
        return tables[0] if tables else _table([], "")
    numbers = np.concatenate([table.numbers for table in tables])
    columns = {name: joined([table.columns[name] for table in tables]) for name in HELD}
    table = ImageTable(numbers, columns, joined([table.part for table in tables]))
    first = np.zeros(len(numbers), dtype=bool)
    first[np.unique(numbers, return_index=True)[1]] = True
    return table if first.all() else table.taken(first)


def _table(rows: Sequence[tuple[Any, ...]], part: str) -> ImageTable:
    numbers, *fields = zip(*rows, strict=True) if rows else repeat((), len(HELD) + 1)
    columns = {name: _column(name, given) for name, given in zip(HELD, fields, strict=True)}
    held = Column(len(rows), {part: 1}, np.ones(len(rows), dtype=np.uint8))
    return ImageTable(np.asarray(numbers, dtype=np.int64), columns, held)


def _column(name: str, given: Sequence[Any]) -> Column:
    if not PAYLOAD_FIELDS[name].many:
        return column_of(name, given)
    listed = lru_cache(maxsize=None)(labels_in)  # most images share their labels with others
    return column_of(name, [listed(text) for text in given])
