"""Vectors of images that were asked for lately: the same query comes again with every filter."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import Lock

from radalike.embeddings.parts import read_rows
from radalike.records import Vectors

_KEPT = 256


class StoredVectors:
    """Rows of the parts in `folder`, the last 256 of them in memory. A part never changes: an
    erasure writes others, under other names. Safe from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: OrderedDict[tuple[str, int], Vectors] = OrderedDict()
        self._lock = Lock()

    def row(self, part: str, row: int) -> Vectors:
        """float32, (dimension,). Raises CorruptPart."""
        with self._lock:
            known = self._kept.get((part, row))
            if known is not None:
                self._kept.move_to_end((part, row))
                return known
        vector: Vectors = read_rows(self._folder / part, [row])[0]
        with self._lock:
            self._kept[part, row] = vector
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return vector
