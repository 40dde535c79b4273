"""Searches as users make them, timed one by one."""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eval.ann.sampling import Asked
from eval.images import Rows
from radalike.filters import Filter
from radalike.index.backend import Index, IndexSpec
from radalike.library import Library
from radalike.library.indexing.projection import points_of
from radalike.library.search.searcher import Built, Searcher

WARM = 20
"""Searches before the clock counts."""


@dataclass(frozen=True, slots=True)
class Answers:
    """rows (q, k): of the images found, best first, -1 where there are fewer. milliseconds (q,): of
    each search."""

    rows: Rows
    milliseconds: npt.NDArray[np.float64]


def searched_with(library: Library, index: Index) -> Library:
    """`library`, searched through `index`, which holds all of its images. It shares all else with
    `library` and is not to be closed."""
    parts = frozenset(part.name for part in library.catalog.parts(library.fingerprint))
    built = Built(index, parts, "measured")
    seen = copy(library)
    seen.searcher = Searcher(
        library.catalog,
        IndexSpec(library.spec.dimension, library.fingerprint),
        open_built=lambda version: None if version == built.version else built,
        load=lambda part: points_of(library.layout, library.catalog, part),
    )
    return seen


def ask(
    library: Library,
    asked: Asked,
    k: int,
    condition: Filter | None,
    advance: Callable[[int], None] = lambda _searches: None,
) -> Answers:
    """The first `k` of each query that is asked, by its vector, itself left out.

    One more is asked for and a query's own image taken away: excluding it by a filter would be
    another kind of search. Raises what `Library.search` does.
    """
    for vector in asked.vectors[:WARM]:
        library.search(vector, k + 1, condition)
    rows = np.full((len(asked.queries), k), -1, dtype=np.int64)
    milliseconds = np.empty(len(asked.queries))
    each = zip(asked.queries.tolist(), asked.vectors, strict=True)
    for place, (own, vector) in enumerate(each):
        started = time.perf_counter()
        hits = library.search(vector, k + 1, condition).hits
        milliseconds[place] = (time.perf_counter() - started) * 1000
        found = asked.images.rows_of([hit.id for hit in hits])
        others = found[found != own][:k]
        rows[place, : len(others)] = others
        advance(1)
    return Answers(rows, milliseconds)
