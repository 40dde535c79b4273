"""Where rows stand towards a library: new to it, an image that it has, or there already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

import numpy as np

from ingest.arrivals import new_item
from ingest.decoding.messages import Decoded, DecodedFrame
from ingest.embedding_files.pairing import Row
from ingest.embedding_files.problems import Problem
from radalike.library.vectors.stored_vectors import vectors_of
from radalike.records import ImageRecord, unknown_content

if TYPE_CHECKING:
    from radalike.library import Library

_UNKNOWN_SIDE = 1  # pixels: a picture of none would have no tiles, and so count as tiled already
_NO_PIXELS = np.zeros((1, 1), dtype=np.uint8)


class Place(Enum):
    """NEW: the library does not have the image. JOINS: it does, without a vector of this encoder.
    KNOWN: it has this vector."""

    NEW = auto()
    JOINS = auto()
    KNOWN = auto()


@dataclass(frozen=True, slots=True)
class Placed:
    row: Row
    outcome: Place | Problem


def placed(library: Library | None, rows: Sequence[Row]) -> Iterator[Placed]:
    """The place of each of `rows`, in `library` (None: there is none yet, so all are new).

    Raises CorruptPart.
    """
    ids = [row.id for row in rows if row.problem is None]
    images = library.catalog.contents(ids) if library is not None else {}
    stored = vectors_of(library, ids) if library is not None else {}
    for row in rows:
        if row.problem is not None or row.vector is None:
            yield Placed(row, row.problem or Problem.UNREADABLE)
        elif row.id in stored:
            same = np.array_equal(stored[row.id], row.vector)
            yield Placed(row, Place.KNOWN if same else Problem.OTHER_VECTOR)
        else:
            yield Placed(row, Place.JOINS if row.id in images else Place.NEW)


def record_of(library: Library, row: Row) -> ImageRecord:
    """The record that an ingest of the same row would make, but for what only pixels can tell."""
    frame = DecodedFrame(
        number=0,
        content=unknown_content(row.id),
        width=_UNKNOWN_SIDE,
        height=_UNKNOWN_SIDE,
        warnings=(),
        prepared=_NO_PIXELS,
        thumbnail=None,
    )
    decoded = Decoded((frame,), identity=None, metadata=None)
    return new_item(library, row.item, "", decoded).images[0].record
