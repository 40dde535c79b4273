"""Lookup tables of DICOM: of modality, of views (VOI) and of colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from radalike.records import Pixels

_AT_ONCE = 16_384


@dataclass(frozen=True, slots=True)
class LookupTable:
    """entries[i] is what first + i becomes; bits: of an entry. What lies before the table or
    behind it becomes its first or last entry (PS3.3 C.11.1.1, C.7.6.3.1.5)."""

    first: int
    entries: npt.NDArray[Any]
    bits: int

    def __call__(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The entries of `values`, integers of any shape."""
        places = np.clip(values - self.first, 0, len(self.entries) - 1)
        return np.asarray(self.entries.take(places))


def looked_up(table: Pixels, places: npt.NDArray[Any]) -> Pixels:
    """`table`, (n,) or (n, 3), at each of `places`, unsigned and below n, of any shape.

    In pieces that the cache holds: of every place NumPy makes a number of eight bytes first.
    """
    found = np.empty(places.shape + table.shape[1:], dtype=table.dtype)
    of, into = places.reshape(-1), found.reshape(-1, *table.shape[1:])
    for start in range(0, of.size, _AT_ONCE):
        piece = slice(start, start + _AT_ONCE)
        # Every place is in the table; said otherwise, NumPy looks for one that is not.
        table.take(of[piece], axis=0, out=into[piece], mode="wrap")
    return found


def lookup_table(descriptor: Any, data: Any, dataset: Dataset) -> LookupTable:
    """The table of a LUT descriptor and its data, shorter where the data is.

    data: numbers, or the bytes of words in the dataset's byte order (PS3.5 8.1.2). Raises
    ValueError, TypeError or AttributeError for what is no table.
    """
    count, first, bits = (int(value) for value in descriptor)
    count = count or 2**16
    if first >= 2**15 and dataset.get("PixelRepresentation") == 1:
        first -= 2**16  # written as unsigned, meant as signed like the pixels
    entries = _entries(data, count, bits, dataset)[:count]
    if not entries.size or not 1 <= bits <= 16:
        raise ValueError("no lookup table")
    return LookupTable(first, entries, bits)


def _entries(data: Any, count: int, bits: int, dataset: Dataset) -> npt.NDArray[Any]:
    if not isinstance(data, bytes):
        return np.atleast_1d(np.asarray(data, dtype=np.int64))
    little = is_little_endian(dataset)
    words = np.frombuffer(data[: len(data) // 2 * 2], "<u2" if little else ">u2")
    if bits > 8 or len(data) >= 2 * count:
        return words.astype(np.int64)
    # Two entries a word: the first in the lower byte, whatever the byte order.
    return np.frombuffer(words.astype("<u2").tobytes(), np.uint8).astype(np.int64)


def is_little_endian(dataset: Dataset) -> bool:
    """The byte order the dataset was read in; little where it was made in memory."""
    return dataset.original_encoding[1] is not False
