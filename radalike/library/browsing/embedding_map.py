"""A picture of the space: some of the library's images on its two widest axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from radalike.catalog.listing import records_numbered
from radalike.errors import UsageError
from radalike.filters import Filter
from radalike.library.vectors.stored_vectors import vectors_of
from radalike.records import Metadata, Vectors

if TYPE_CHECKING:
    from radalike.library.browsing.image_table import ImageTable
    from radalike.library.readable_library import ReadableLibrary

_ROUNDING = 1e-24
"""Share of the squared length: what is below is no variance; two float32 numbers differ by more."""


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingMap:
    """Row i is image `ids[i]`: `points` float64 (n, 2), its coordinates on the first two principal
    axes; `metadata`: what it is, to colour it by. shares: of the sample's variance, by axis.
    passing: the images that the sample was drawn from. encoder: its id."""

    ids: tuple[str, ...]
    points: npt.NDArray[np.float64]
    metadata: tuple[Metadata, ...]
    shares: tuple[float, float]
    passing: int
    encoder: str


def embedding_map(
    library: ReadableLibrary, limit: int = 3000, seed: int = 0, condition: Filter | None = None
) -> EmbeddingMap:
    """At most `limit` of the images that pass, drawn by `seed` so that every modality has its share
    and none is left out while `limit` allows; of each its vector, or that of its first tile.

    Raises UsageError for a limit below 1, CorruptPart.
    """
    if limit < 1:
        raise UsageError(f"a map of {limit} images", hint="a map has one image or more")
    table = library.image_table.current()
    rows = np.flatnonzero(table.mask(condition, library.catalog))
    chosen = _sampled(table, rows, limit, seed)
    records = records_numbered(library.catalog.engine, table.numbers[chosen].tolist())
    found = vectors_of(library, [record.id for _, record in sorted(records.items())])
    vectors = np.array([*found.values()], dtype=np.float32).reshape(-1, library.spec.dimension)
    points, shares = principal_axes(vectors)
    by_id = {record.id: record.metadata for record in records.values()}
    metadata = tuple(by_id[image] for image in found)
    return EmbeddingMap(tuple(found), points, metadata, shares, len(rows), library.encoder_id)


def principal_axes(vectors: Vectors) -> tuple[npt.NDArray[np.float64], tuple[float, float]]:
    """Coordinates (n, 2) of the rows of `vectors` (n, d) on the two axes of largest variance, and
    the share of all variance that is along each (Pearson 1901, Philosophical Magazine 2:559).

    Exact, in float64. An axis points where its largest component is positive.
    """
    points, shares = np.zeros((len(vectors), 2)), [0.0, 0.0]
    rows = vectors.astype(np.float64)
    centred = rows - rows.sum(axis=0) / max(1, len(rows))
    scatter = centred.T @ centred
    variance = float(np.trace(scatter))
    if variance > _ROUNDING * float((rows**2).sum()):
        lengths, axes = np.linalg.eigh(scatter)
        for place in range(min(2, len(lengths))):
            axis = axes[:, -1 - place]
            points[:, place] = centred @ axis * np.sign(axis[np.abs(axis).argmax()])
            shares[place] = max(0.0, float(lengths[-1 - place])) / variance
    return points, (shares[0], shares[1])


def _sampled(
    table: ImageTable, rows: npt.NDArray[np.int64], limit: int, seed: int
) -> npt.NDArray[np.int64]:
    """At most `limit` of `rows`, rising: first one of each modality, then by chance."""
    if len(rows) <= limit:
        return rows
    shuffled = np.random.default_rng(seed).permutation(rows)
    firsts = np.unique(table.columns["modality"].codes[shuffled], return_index=True)[1]
    order = np.concatenate([np.sort(firsts), np.setdiff1d(np.arange(len(shuffled)), firsts)])
    return np.sort(shuffled[order[:limit]])
