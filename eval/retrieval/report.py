"""What an evaluation of retrieval says, and the same as JSON values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from eval.published import AT, published_of

Numbers: TypeAlias = Mapping[str, float]
"""By the metric's name: "P@1" …"""

Bounds: TypeAlias = Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The queries that have the same value of one field."""

    name: str
    n_queries: int
    micro: Numbers
    macro: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """Confidence intervals by bootstrap over patients; an image without one is its own.

    patients: how many there are. draws, seed, confidence: as they were made.
    """

    micro: Bounds
    macro: Bounds
    patients: int
    draws: int
    seed: int
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalReport:
    """The metrics of one encoder; see `eval.metrics.Summary` for the four means and deviations.

    n_queries: queries that were scored. n_index: images that were searched. unanswerable: queries
    for which the index has no hit, by class; they are not scored. left_out: images without a value
    to compare, without_vector: images without an embedding; both by role, in no count. overlap:
    queries that are in the index too; none finds itself. ties: the least and the most that micro
    P@N could be if equal scores were ordered otherwise. by: groups of queries, by field.
    """

    n_queries: int
    n_index: int
    relevance: str
    encoder: str
    micro: Numbers
    macro: Numbers
    micro_std: Numbers
    macro_std: Numbers
    unanswerable: Mapping[str, int]
    left_out: Mapping[str, int]
    without_vector: Mapping[str, int]
    overlap: int
    ties: Bounds
    exclude: tuple[str, ...] = ()
    given: str = ""
    intervals: Intervals | None = None
    by: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)


def as_json(report: RetrievalReport, *, published: bool = False) -> dict[str, object]:
    """The report as plain JSON values; a number that does not exist (NaN) is null. published: with
    the study's own numbers, where the encoder is one of the study's."""
    written: dict[str, object] = {
        "n_queries": report.n_queries,
        "n_index": report.n_index,
        "relevance": report.relevance,
        "encoder": report.encoder,
        "micro": _finite(report.micro),
        "macro": _finite(report.macro),
        "micro_std": _finite(report.micro_std),
        "macro_std": _finite(report.macro_std),
        "unanswerable": sum(report.unanswerable.values()),
        "unanswerable_by_class": dict(report.unanswerable),
        "left_out": dict(report.left_out),
        "without_vector": dict(report.without_vector),
        "overlap": report.overlap,
        "exclude": list(report.exclude),
        "given": report.given or None,
        "ties": {name: list(bounds) for name, bounds in report.ties.items()},
        "intervals": None,
        "by": {
            column: [
                {
                    "name": group.name,
                    "n_queries": group.n_queries,
                    "micro": _finite(group.micro),
                    "macro": _finite(group.macro),
                }
                for group in groups
            ]
            for column, groups in report.by.items()
        },
    }
    if report.intervals is not None:
        written["intervals"] = {
            "micro": _finite_bounds(report.intervals.micro),
            "macro": _finite_bounds(report.intervals.macro),
            "patients": report.intervals.patients,
            "draws": report.intervals.draws,
            "seed": report.intervals.seed,
            "confidence": report.intervals.confidence,
        }
    if published:
        study = published_of(report.encoder)
        written["published"] = study and {
            "micro": {f"P@{n}": value for n, value in zip(AT, study.micro, strict=True)},
            "macro": {f"P@{n}": value for n, value in zip(AT, study.macro, strict=True)},
        }
    return written


def finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _finite(values: Numbers) -> dict[str, float | None]:
    return {name: finite(value) for name, value in values.items()}


def _finite_bounds(bounds: Bounds) -> dict[str, list[float | None]]:
    return {name: [finite(low), finite(high)] for name, (low, high) in bounds.items()}
