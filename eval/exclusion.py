"""Which images a query must not find: itself always, others like it on request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from eval.exact_neighbours import Exclusion
from eval.images import Codes, Images, Rows
from radalike.errors import UnknownName

EXCLUSIONS: Mapping[str, str] = {
    "same-patient": "patient",
    "same-study": "study",
    "duplicates": "content",
}
"""The column in which an excluded image equals the query."""

BLOCK = 4096
"""Queries whose pairs are held at once."""


def excluded_columns(names: Sequence[str]) -> list[str]:
    """The columns that `read_images` has to read for these exclusions. Raises UnknownName."""
    for name in names:
        if name not in EXCLUSIONS:
            raise UnknownName("exclusion", name, EXCLUSIONS)
    return [EXCLUSIONS[name] for name in names]


def exclusion_of(images: Images, queries: Rows, names: Sequence[str]) -> Exclusion:
    """Raises UnknownName."""
    columns = [np.arange(len(images), dtype=np.int64)]
    columns += [images.columns[name].codes.astype(np.int64) for name in excluded_columns(names)]
    of_rows = np.stack(columns, axis=1)
    return Exclusion(of_rows[queries], of_rows)


def excluded_pairs(exclusion: Exclusion, index: Rows) -> Iterator[tuple[Codes, Rows]]:
    """The pairs (position of the query, row of the index) that are excluded, each once, in order of
    the query, in blocks of whole queries."""
    for start in range(0, len(exclusion.of_queries), BLOCK):
        block = exclusion.of_queries[start : start + BLOCK]
        pairs = [
            _equal(block[:, column], exclusion.of_rows[index, column])
            for column in range(block.shape[1])
        ]
        size = np.int64(len(index))
        both = np.unique(np.concatenate([position * size + at for position, at in pairs]))
        yield start + both // size, index[both % size]


def _equal(wanted: Codes, given: Codes) -> tuple[Codes, Codes]:
    """Positions (i, j) with wanted[i] == given[j] >= 0."""
    order = np.argsort(given, kind="stable")
    sorted_codes = given[order]
    first = np.searchsorted(sorted_codes, wanted, side="left")
    last = np.searchsorted(sorted_codes, wanted, side="right")
    counts = np.where(wanted >= 0, last - first, 0)
    positions = np.repeat(np.arange(len(wanted), dtype=np.int64), counts)
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return positions, order[np.repeat(first, counts) + offsets]
