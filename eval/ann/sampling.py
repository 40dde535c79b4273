"""Which queries are asked, and under which filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.ann.filters import FIELDS, Selectivity, choose_filters
from eval.embedded_rows import collect, stream
from eval.images import Images, Mask, Rows, read_images
from eval.relevance import Relevance
from radalike.errors import UsageError
from radalike.filters import Filter
from radalike.library import Library
from radalike.records import Vectors


@dataclass(frozen=True, slots=True)
class Asked:
    """images: with the role str(n) for the images that pass filters[n]. covered: rows that have a
    vector. queries: rows that are asked, of `could_be`, and their vectors. missing: shares of
    images for which there is no filter."""

    images: Images
    covered: Mask
    queries: Rows
    vectors: Vectors
    could_be: int
    filters: tuple[Selectivity, ...]
    missing: tuple[float, ...]

    @property
    def asking(self) -> Mask:
        mask = np.zeros(len(self.images), dtype=bool)
        mask[self.queries] = True
        return mask


def choose(
    library: Library,
    queries: Filter | None,
    relevance: Relevance,
    *,
    sample: int,
    shares: Sequence[float],
    least: int,
    seed: int,
) -> Asked:
    """At most `sample` of the images that `queries` selects, and a filter for each of `shares` that
    `least` images pass or more.

    Raises UsageError when there is nothing to ask or no such filter, InvalidSetting.
    """
    images = read_images(library, {"index": None, "queries": queries}, FIELDS)
    covered = np.zeros(len(images), dtype=bool)
    for rows, _ in stream(library, images):
        covered[rows] = True
    could_be = np.flatnonzero(images.roles["queries"] & covered)
    if not len(could_be):
        raise UsageError(
            "there is no query image with an embedding",
            hint="choose other images with --queries, or ingest them with this encoder first",
            role="query",
        )
    filters, missing = choose_filters(images, covered, shares, least)
    if not filters:
        raise UsageError(
            "no filter of this library lets about so many of its images pass",
            hint="choose another --selectivity; 100 is no filter at all",
        )
    # Again, since only now it is known what to filter by.
    roles: dict[str, Filter | None] = {"index": None}
    roles |= {str(number): each.condition for number, each in enumerate(filters)}
    images = read_images(library, roles, {relevance.column, "patient"})
    drawn = np.random.default_rng(seed).permutation(could_be)[:sample]
    mask = np.zeros(len(images), dtype=bool)
    mask[drawn] = True
    rows, vectors = collect(library, images, mask)
    return Asked(images, covered, rows, vectors, len(could_be), tuple(filters), tuple(missing))
