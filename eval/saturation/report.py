"""The curve as values, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.retrieval.report import finite

TAILS = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class Spread:
    """Over the draws: the mean, the standard deviation (of the sample) and the range of the middle
    95 %, which says how good an index of that size may turn out. NaN where nothing is scored."""

    mean: float
    std: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Of one value a draw; draws in which nothing is scored (NaN) do not count."""
    known = np.array([value for value in values if not np.isnan(value)])
    if not len(known):
        return Spread(np.nan, np.nan, np.nan, np.nan)
    if known.min() == known.max():  # to the last bit, as for the whole index
        return Spread(float(known[0]), 0.0, float(known[0]), float(known[0]))
    low, high = np.quantile(known, TAILS).tolist()
    return Spread(float(known.mean()), float(known.std(ddof=1)), low, high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """P@1 with `size` images of every class, or all that it has: `n_index` images. n_queries: that
    were scored, the mean over draws; one whose only image of its class is itself is not."""

    size: int
    n_index: int
    n_queries: float
    micro: Spread
    macro: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class SaturationReport:
    """steps: by size, ascending; the last is the whole index, of which every draw is the same.

    unanswerable: queries for which the index has no image of their class, by class; they are not
    scored. left_out: images without one class, without_vector: without an embedding, by role.
    overlap: queries that are in the index too; none finds itself.
    """

    relevance: str
    encoder: str
    n_queries: int
    n_index: int
    n_classes: int
    steps: tuple[Step, ...]
    draws: int
    seed: int
    unanswerable: Mapping[str, int]
    left_out: Mapping[str, int]
    without_vector: Mapping[str, int]
    overlap: int
    exclude: tuple[str, ...]


def as_json(report: SaturationReport) -> dict[str, object]:
    """Plain JSON values; a number that does not exist (NaN) is null."""
    return {
        "n_queries": report.n_queries,
        "n_index": report.n_index,
        "n_classes": report.n_classes,
        "relevance": report.relevance,
        "encoder": report.encoder,
        "metric": "P@1",
        "draws": report.draws,
        "seed": report.seed,
        "curve": [
            {
                "size": step.size,
                "whole_index": step is report.steps[-1],
                "n_index": step.n_index,
                "n_queries": step.n_queries,
                "micro": _spread_json(step.micro),
                "macro": _spread_json(step.macro),
            }
            for step in report.steps
        ],
        "unanswerable": sum(report.unanswerable.values()),
        "unanswerable_by_class": dict(report.unanswerable),
        "left_out": dict(report.left_out),
        "without_vector": dict(report.without_vector),
        "overlap": report.overlap,
        "exclude": list(report.exclude),
    }


def _spread_json(spread: Spread) -> dict[str, float | None]:
    return {
        "mean": finite(spread.mean),
        "std": finite(spread.std),
        "low": finite(spread.low),
        "high": finite(spread.high),
    }
