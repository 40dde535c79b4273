"""Confidence intervals of micro and macro means, by a bootstrap that draws whole patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eval.statistics.sample import ClusteredSample, Codes, Values
from radalike.errors import InvalidSetting

BLOCK = 1 << 22
"""Most numbers in one array of a block of draws: 32 MiB in float64."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """The lower and the upper limit of each metric: float64, (metrics, 2); NaN where there are
    fewer than two clusters, since one patient says nothing about how patients differ.

    clusters: how many were drawn from. draws, seed, confidence: as they were asked for.
    """

    micro: Values
    macro: Values
    clusters: int
    draws: int
    seed: int
    confidence: float


def bootstrap_intervals(
    values: Values,
    classes: Codes,
    clusters: Codes,
    *,
    draws: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> Intervals:
    """Percentile intervals of the mean over queries (micro) and of the class means' mean (macro).

    values: float64, (q, metrics), all finite. classes: (q,) codes. clusters: (q,) codes of the
    patients, -1 for a query that is a cluster of its own. Each of the `draws` takes as many
    clusters as there are, with replacement, and each with all its queries; a class that none of
    them has does not count in that draw's macro.

    The cluster bootstrap is that of Davison & Hinkley, Bootstrap Methods and their Application
    (1997), section 3.8, and of Field & Welsh, J. R. Statist. Soc. B 69 (2007), 369-390. The limits
    are the percentile method's (Davison & Hinkley, section 5.3): of R ordered draws the
    (R + 1) alpha-th and the (R + 1)(1 - alpha)-th, interpolated. They are too narrow when there
    are few clusters (say, fewer than 20).

    The same arguments give the same limits. Raises InvalidSetting; UsageError for values that are
    not finite or lengths that differ.
    """
    if draws < 1:
        raise InvalidSetting(f"{draws} draws are none", hint="1000 are usual", draws=draws)
    if not 0 < confidence < 1:
        raise InvalidSetting(
            f"a confidence of {confidence} is no proportion between 0 and 1", hint="0.95 is usual"
        )
    sample = ClusteredSample.of(values, classes, clusters)
    if sample.n_clusters < 2:
        micro = macro = np.full((sample.values.shape[1], 2), np.nan)
    else:
        micro, macro = (_limits(drawn, confidence) for drawn in _draw(sample, draws, seed))
    return Intervals(micro, macro, sample.n_clusters, draws, seed, confidence)


def _limits(drawn: Values, confidence: float) -> Values:
    """(draws, metrics) → (metrics, 2)."""
    tail = (1 - confidence) / 2
    # "weibull" is the definition of a quantile that counts R + 1 places.
    return np.quantile(drawn, (tail, 1 - tail), axis=0, method="weibull").T


def _draw(sample: ClusteredSample, draws: int, seed: int) -> tuple[Values, Values]:
    """The micro and the macro of each draw: two of (draws, metrics).

    A draw is how often it takes each cluster. What it takes of a class is then a product with the
    sums that each cluster has in the class, and these are sparse: a patient has few classes.
    """
    from scipy.sparse import csc_array

    n_metrics = sample.values.shape[1]
    # Counted from one of the values, equal values stay equal to the last bit.
    origin = sample.values[0]
    # Classes by clusters, a column for each metric and one for the queries themselves.
    width = n_metrics + 1
    entries = np.column_stack([sample.values - origin, np.ones(len(sample.values))])
    rows = sample.classes[:, None] * width + np.arange(width)
    columns = np.repeat(sample.clusters, width)
    shape = (sample.n_classes * width, sample.n_clusters)
    sums = csc_array((entries.ravel(), (rows.ravel(), columns)), shape=shape)

    random = np.random.default_rng(seed)
    step = max(1, BLOCK // max(shape))
    micro, macro = np.empty((draws, n_metrics)), np.empty((draws, n_metrics))
    for start in range(0, draws, step):
        block = slice(start, min(start + step, draws))
        taken = (sums @ _times_taken(random, sample.n_clusters, block.stop - start)).reshape(
            sample.n_classes, width, -1
        )
        queries = taken[:, -1, :]
        of_all = taken.sum(axis=0)
        micro[block] = (of_all[:-1] / of_all[-1]).T
        # A class that was not drawn has the sum 0, and is not among those that were.
        means = taken[:, :-1, :] / np.maximum(queries, 1)[:, None, :]
        macro[block] = (means.sum(axis=0) / (queries > 0).sum(axis=0)).T
    return micro + origin, macro + origin


def _times_taken(random: np.random.Generator, clusters: int, draws: int) -> Values:
    """How often each draw takes each cluster: (clusters, draws); columns add up to `clusters`."""
    times = np.empty((draws, clusters))
    for draw in times:
        draw[:] = np.bincount(random.integers(clusters, size=clusters), minlength=clusters)
    return np.ascontiguousarray(times.T)
