"""The vectors that a library has stored, by place and by image."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from radalike.embeddings.parts import read_rows
from radalike.errors import CorruptPart
from radalike.records import Vectors

if TYPE_CHECKING:
    from radalike.catalog.entries import VectorPlace
    from radalike.library.readable_library import ReadableLibrary

_KEPT = 256

StoredRow = Callable[[str, int], Vectors]
"""The vector (dimension,) of a part's name and a row; raises CorruptPart."""


def remembered_rows(folder: Path) -> StoredRow:
    """Rows of the parts in `folder`, the last 256 of them from memory: the same query comes again
    with every filter. A part never changes: an erasure writes others, under other names."""

    @lru_cache(maxsize=_KEPT)
    def row_of(part: str, row: int) -> Vectors:
        vector: Vectors = read_rows(folder / part, [row])[0]
        return vector

    return row_of


def vectors_at(folder: Path, places: Iterable[VectorPlace]) -> dict[VectorPlace, Vectors]:
    """The vector (dimension,) at each place; each part of `folder` is read once. Raises
    CorruptPart."""
    by_part: dict[str, list[VectorPlace]] = {}
    for place in places:
        by_part.setdefault(place.part, []).append(place)
    found: dict[VectorPlace, Vectors] = {}
    for part, members in by_part.items():
        rows = read_rows(folder / part, [place.row for place in members])
        found |= dict(zip(members, rows, strict=True))
    return found


def vectors_of(library: ReadableLibrary, ids: Sequence[str]) -> dict[str, Vectors]:
    """The vectors (dimension,) of those of `ids` that have one, in their order; the first one where
    an image has several. Raises CorruptPart."""
    catalog, own = library.catalog, library.fingerprint
    first: dict[str, VectorPlace] = {}
    for place in catalog.vector_places(own, ids):
        first[place.image] = min(place, first.get(place.image, place), key=_position)
    try:
        found = vectors_at(library.layout.embeddings(own), first.values())
    except CorruptPart:
        committed = {part.name for part in catalog.parts(own)}
        if all(place.part in committed for place in first.values()):
            raise
        return vectors_of(library, ids)  # an erasure has rewritten a part just now
    return {image: found[first[image]] for image in ids if image in first}


def _position(place: VectorPlace) -> tuple[str, int]:
    return place.part, place.row
