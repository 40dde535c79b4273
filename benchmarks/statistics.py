"""Bootstrap and sign-flip test at the study's size, against plain loops over draws.

160,000 queries of 160 classes of skewed sizes, about 60,000 patients, P@N-like values at four
cut-offs. The loops do what one writes first in numpy: the bootstrap's draws clusters, concatenates
their queries (grouped beforehand, not counted), and computes micro and macro by `np.bincount`; the
sign-flip's multiplies each query's difference by its patient's sign. Loops are measured on a few
draws and scaled to all; their draws are our first draws, and their numbers must agree.

Run it as `python -m benchmarks statistics`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.machine import cores, peak_megabytes
from eval.statistics.bootstrap import bootstrap_intervals
from eval.statistics.sample import ClusteredSample
from eval.statistics.sign_flip import sign_flip

QUERIES, PATIENTS, CLASSES, METRICS = 160_000, 60_000, 160, 4
DRAWS, FLIPS = 1_000, 10_000
LOOP_DRAWS, LOOP_FLIPS = 10, 50
RUNS = 3
SEED = 7

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """values, and differences from another encoder's: (queries, metrics); codes: (queries,)."""

    values: Values
    differences: Values
    classes: npt.NDArray[np.int64]
    clusters: npt.NDArray[np.int64]


def synthetic() -> Sample:
    random = np.random.default_rng(SEED)
    share = 1 / np.arange(1, CLASSES + 1)
    clusters = random.integers(PATIENTS, size=QUERIES)
    classes = random.choice(CLASSES, QUERIES, p=share / share.sum())
    hits = np.array([1, 3, 5, 10])
    ability = random.beta(2, 2, PATIENTS)[clusters, None]
    values, other = (random.binomial(hits, ability) / hits for _ in range(2))
    # Numbered as they are first met, as the statistics do: both sides then draw alike.
    sample = ClusteredSample.of(values, classes, clusters)
    return Sample(values, values - other, sample.classes, sample.clusters)


def by_loop(sample: Sample, draws: int) -> Callable[[], tuple[Values, Values]]:
    """Micro and macro of each draw, one after the other: two of (draws, metrics)."""
    order = np.argsort(sample.clusters, kind="stable")
    queries_of = np.split(order, np.flatnonzero(np.diff(sample.clusters[order])) + 1)

    def loop() -> tuple[Values, Values]:
        random = np.random.default_rng(0)
        micro, macro = [], []
        for _ in range(draws):
            drawn = random.integers(len(queries_of), size=len(queries_of))
            taken = np.concatenate([queries_of[cluster] for cluster in drawn])
            values, classes = sample.values[taken], sample.classes[taken]
            sizes = np.bincount(classes, minlength=CLASSES)
            sums = [np.bincount(classes, column, minlength=CLASSES) for column in values.T]
            micro.append(values.mean(axis=0))
            macro.append([(each[sizes > 0] / sizes[sizes > 0]).mean() for each in sums])
        return np.array(micro), np.array(macro)

    return loop


def flipped_by_loop(sample: Sample, flips: int) -> tuple[Values, Values]:
    """Micro and macro of each sign pattern, one after the other: two of (flips, metrics)."""
    random = np.random.default_rng(0)
    sizes = np.bincount(sample.classes)
    micro, macro = [], []
    for _ in range(flips):
        signs = random.choice([-1.0, 1.0], PATIENTS)
        values = sample.differences * signs[sample.clusters, None]
        sums = [np.bincount(sample.classes, column) for column in values.T]
        micro.append(values.mean(axis=0))
        macro.append([(each / sizes).mean() for each in sums])
    return np.array(micro), np.array(macro)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def peak_of_a_bootstrap() -> tuple[float, float]:
    """Megabytes before the intervals of the whole sample, and the most while they are computed."""
    sample = synthetic()
    before = peak_megabytes()
    bootstrap_intervals(sample.values, sample.classes, sample.clusters, draws=DRAWS)
    return before, peak_megabytes()


def run() -> dict[str, Any]:
    """Medians in seconds, and how many times faster than the loops."""
    sample = synthetic()
    given = sample.classes, sample.clusters
    work: dict[str, Callable[[], Any]] = {
        "bootstrap": lambda: bootstrap_intervals(sample.values, *given, draws=DRAWS),
        "bootstrap, loop": by_loop(sample, LOOP_DRAWS),
        "sign_flip": lambda: sign_flip(sample.differences, *given, flips=FLIPS),
        "sign_flip, loop": lambda: flipped_by_loop(sample, LOOP_FLIPS),
    }
    bootstrap_intervals(sample.values, *given, draws=1)  # what is imported on use is imported now
    seconds: dict[str, list[float]] = {name: [] for name in work}
    results: dict[str, Any] = {}
    for _ in range(RUNS):  # in turn, so that all meet the same machine
        for name, each in work.items():
            took, results[name] = timed(each)
            seconds[name].append(took)
    medians = {name: median(times) for name, times in seconds.items()}
    medians["bootstrap, loop"] *= DRAWS / LOOP_DRAWS
    medians["sign_flip, loop"] *= FLIPS / LOOP_FLIPS

    few = bootstrap_intervals(sample.values, *given, draws=LOOP_DRAWS)
    differences = [
        np.abs(limits - np.quantile(drawn, (0.025, 0.975), axis=0, method="weibull").T).max()
        for limits, drawn in zip((few.micro, few.macro), results["bootstrap, loop"], strict=True)
    ]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        before, peak = pool.submit(peak_of_a_bootstrap).result()
    return {
        "benchmark": "statistics",
        "peer": "numpy, a draw at a time",
        "cores": cores(),
        "queries": QUERIES,
        "clusters": few.clusters,
        "classes": CLASSES,
        "metrics": METRICS,
        "draws": DRAWS,
        "flips": FLIPS,
        "runs": RUNS,
        "seconds": {name: round(value, 3) for name, value in medians.items()},
        "loops": f"measured on {LOOP_DRAWS} draws and {LOOP_FLIPS} flips, scaled to all",
        "bootstrap_ratio": round(medians["bootstrap, loop"] / medians["bootstrap"], 1),
        "sign_flip_ratio": round(medians["sign_flip, loop"] / medians["sign_flip"], 1),
        "greatest_difference": float(max(differences)),
        "peak_mb": {"before": before, "bootstrap": peak},
        "targets": {
            "bootstrap": "<= 10 s",
            "greatest_difference": "<= 1e-12",
            "peak_mb": "< 1536",
        },
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
