"""The study's precision at N, macro, of a small set that is searched exactly.

P@N of a query is the hits among its first n neighbours divided by n, n being the smaller of N and
the images of its class in the gallery; macro is the mean of the classes' means. As in Denner et
al., arXiv 2403.06567. `eval` measures the same for whole libraries, and the two are held equal by
a test.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from radalike.adaptation.examples import Codes
from radalike.records import Vectors

_BLOCK = 1024  # queries at once


def macro_precision(
    gallery: Vectors,
    gallery_classes: Codes,
    queries: Vectors,
    query_classes: Codes,
    at: Sequence[int],
) -> list[float]:
    """Macro P@N for each N of `at`; vectors are float32 of unit length. Queries whose class the
    gallery lacks are left out; NaN where that leaves none."""
    number = int(max(gallery_classes.max(initial=-1), query_classes.max(initial=-1))) + 1
    sizes = np.bincount(gallery_classes, minlength=number)
    answerable = sizes[query_classes] > 0
    asked = query_classes[answerable]
    if not len(asked):
        return [float("nan")] * len(at)
    deepest = min(max(at), len(gallery))
    values = np.empty((len(asked), len(at)))
    kept = queries[answerable]
    for start in range(0, len(asked), _BLOCK):
        own = asked[start : start + _BLOCK]
        found = gallery_classes[_nearest(gallery, kept[start : start + _BLOCK], deepest)]
        hits = np.cumsum(found == own[:, None], axis=1)
        first = np.minimum(np.array(at)[None, :], sizes[own][:, None])
        values[start : start + _BLOCK] = np.take_along_axis(hits, first - 1, axis=1) / first
    counts = np.bincount(asked, minlength=number)
    present = counts > 0
    means = [np.bincount(asked, column, number)[present] / counts[present] for column in values.T]
    return [float(mean.mean()) for mean in means]


def _nearest(gallery: Vectors, queries: Vectors, deepest: int) -> Codes:
    """Rows of the `deepest` nearest, best first, equal scores in order of row."""
    scores = queries.astype(np.float64) @ gallery.T.astype(np.float64)
    if deepest < scores.shape[1]:
        # A few more than needed, so that rows that score the same are ordered by row.
        last = -np.partition(-scores, deepest - 1, axis=1)[:, deepest - 1]
        scores[scores < last[:, None]] = -np.inf
    return np.argsort(-scores, axis=1, kind="stable")[:, :deepest].astype(np.int64)
