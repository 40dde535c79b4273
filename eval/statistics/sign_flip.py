"""Is one encoder better than another on the same queries? A sign-flip test on whole patients."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from eval.statistics.sample import ClusteredSample, Codes, Values
from radalike.errors import InvalidSetting, UsageError

BLOCK = 1 << 22
"""Most signs held at once: 32 MiB in float64."""


@dataclass(frozen=True, slots=True)
class PairedTest:
    """The mean difference of each metric and its two-sided p-value: float64, (metrics,).

    clusters: how many there are. flips: how many sign patterns the p-values rest on; `exact` when
    these are all there are (a pattern and its opposite count as one), drawn with `seed` if not.
    """

    micro: Values
    macro: Values
    micro_p: Values
    macro_p: Values
    clusters: int
    flips: int
    exact: bool
    seed: int


def sign_flip(
    differences: Values,
    classes: Codes,
    clusters: Codes,
    *,
    flips: int = 10_000,
    seed: int = 0,
) -> PairedTest:
    """Whether A and B differ: `differences` are A's values minus B's, float64, (q, metrics).

    classes: (q,) codes. clusters: (q,) codes of the patients, -1 for a query that is a cluster of
    its own. If A and B were alike, a patient's differences would be as likely with the opposite
    sign; so the differences of each patient are added up, all its classes flip together, and p is
    how often the mean (micro; macro: the mean of the class means) of flipped differences is at
    least as far from 0 as that of the differences themselves: Good, Permutation, Parametric and
    Bootstrap Tests of Hypotheses (2005). With random flips p = (1 + times) / (1 + flips), never 0:
    Phipson & Smyth, Stat. Appl. Genet. Mol. Biol. 9 (2010), article 39. If there are no more than
    `flips` different patterns (up to 14 patients that differ, of 10,000), each is counted once.

    A single patient, or differences that are all 0, give p = 1. Raises InvalidSetting; UsageError
    for no queries, differences that are not finite, lengths that differ.
    """
    if flips < 1:
        raise InvalidSetting(f"{flips} flips are none", hint="10000 are usual", flips=flips)
    sample = ClusteredSample.of(differences, classes, clusters)
    if not sample.n_clusters:
        raise UsageError(
            "there is no query to compare", hint="compare runs that have queries in common"
        )
    shares = _shares(sample)
    # A patient without any difference is the same with either sign.
    shares = shares[shares.any(axis=1)]
    observed = shares.sum(axis=0)
    farthest = np.abs(shares).sum(axis=0)
    # Sums in another order differ by rounding, so what could be a tie counts as one. This is the
    # bound of Higham, Accuracy and Stability of Numerical Algorithms, section 4.2, for both sides.
    rounding = 4 * (len(sample.values) + 8) * 2.0**-53 * farthest
    exact = len(shares) - 1 <= math.log2(flips)
    patterns = _all_patterns(len(shares)) if exact else _patterns(len(shares), flips, seed)
    times, used = np.zeros(len(observed)), 0
    for positive in patterns:
        # Signs of +1 and -1 in the form of 1 and 0.
        flipped = 2 * (positive @ shares) - observed
        times += (np.abs(flipped) >= np.abs(observed) - rounding).sum(axis=0)
        used += len(positive)
    p = times / used if exact else (1 + times) / (1 + used)
    micro_p, macro_p = np.split(p, 2)
    micro, macro = np.split(observed, 2)
    return PairedTest(micro, macro, micro_p, macro_p, sample.n_clusters, used, exact, seed)


def _shares(sample: ClusteredSample) -> Values:
    """What each cluster adds to the micro means, then to the macro means: (clusters, 2 metrics)."""
    class_sizes = np.bincount(sample.classes)
    of_micro = sample.values / len(sample.values)
    of_macro = sample.values / (class_sizes[sample.classes] * sample.n_classes)[:, None]
    return np.column_stack(
        [
            np.bincount(sample.clusters, weights=column, minlength=sample.n_clusters)
            for column in (*of_micro.T, *of_macro.T)
        ]
    )


def _all_patterns(clusters: int) -> Iterator[Values]:
    """Every pattern in which the last cluster keeps its sign: the others are their opposites."""
    patterns = np.arange(2 ** max(clusters - 1, 0))
    step = max(1, BLOCK // max(clusters, 1))
    for start in range(0, len(patterns), step):
        block = patterns[start : start + step, None]
        yield (1 - (block >> np.arange(clusters) & 1)).astype(np.float64)


def _patterns(clusters: int, flips: int, seed: int) -> Iterator[Values]:
    """`flips` random patterns: 1 for a sign that is kept, 0 for one that is flipped."""
    random = np.random.default_rng(seed)
    step = max(1, BLOCK // clusters)
    for start in range(0, flips, step):
        shape = (min(step, flips - start), -(-clusters // 8))
        bits = np.unpackbits(random.integers(256, size=shape, dtype=np.uint8), axis=1)
        yield bits[:, :clusters].astype(np.float64)
