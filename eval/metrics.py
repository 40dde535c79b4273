"""Metrics as values, and their numbers over many queries.

P@N of a query is the number of hits among its first n neighbours divided by n, where n is the
smaller of N and the number of images of the query's class in the index, so that perfect retrieval
scores 1 for a class of any size. Micro is the mean over queries, macro the mean of the classes'
means. As in Denner et al., arXiv 2403.06567.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from radalike.errors import InvalidSetting

Codes: TypeAlias = npt.NDArray[np.integer]
"""Classes as numbers, 0 and up; -1 for a neighbour that is missing or has no class."""

Values: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, order=True)
class P:
    """Precision among the first `at` neighbours: `str(P(5))` is "P@5"."""

    at: int

    def __post_init__(self) -> None:
        if self.at < 1:
            raise InvalidSetting(
                f"P@{self.at} looks at no neighbour", hint="N is 1 or more", at=self.at
            )

    def __str__(self) -> str:
        return f"P@{self.at}"


@dataclass(frozen=True, slots=True)
class Summary:
    """One metric over many queries; NaN where there are too few to say.

    micro, micro_std: mean and standard deviation over queries. macro: mean of the class means.
    macro_std: mean of the standard deviations within the classes; a class with a single query has
    none and is skipped. Standard deviations are the sample's (divided by n - 1).
    """

    micro: float
    macro: float
    micro_std: float
    macro_std: float


@dataclass(frozen=True, slots=True)
class Measured:
    """`n_queries` were scored; `unanswerable` more have a class that the index lacks."""

    summaries: Mapping[P, Summary]
    n_queries: int
    unanswerable: int


def measure(
    metrics: Sequence[P], neighbours: Codes, queries: Codes, class_sizes: Codes
) -> Measured:
    """Every metric over the queries whose class the index has; arguments as `precision` takes."""
    answerable = np.asarray(class_sizes) > 0
    scored = queries[answerable]
    values = precision(metrics, neighbours[answerable], scored, class_sizes[answerable])
    return Measured(
        summaries=dict(zip(metrics, summarise(values, scored), strict=True)),
        n_queries=len(scored),
        unanswerable=len(queries) - len(scored),
    )


def precision(
    metrics: Sequence[P], neighbours: Codes, queries: Codes, class_sizes: Codes
) -> Values:
    """P@N of each query: float64, (queries, metrics), NaN for a query that cannot be answered.

    neighbours: (queries, k) classes, most similar first; k is at least the largest n.
    queries: (queries,) classes.
    class_sizes: (queries,) images of the query's class in the index, the query itself not counted.
    """
    at = np.array([metric.at for metric in metrics], dtype=np.int64)
    first = np.minimum(at[None, :], class_sizes[:, None])
    if first.max(initial=0) > neighbours.shape[1]:
        raise ValueError(f"P@{first.max()} needs more than {neighbours.shape[1]} neighbours")
    hits = np.cumsum(neighbours == queries[:, None], axis=1, dtype=np.int32)
    values = np.full(first.shape, np.nan)
    answerable = class_sizes > 0
    first = first[answerable]
    values[answerable] = np.take_along_axis(hits[answerable], first - 1, axis=1) / first
    return values


def summarise(values: Values, queries: Codes) -> tuple[Summary, ...]:
    """A summary for each column of `values`: float64, (queries, metrics), all finite."""
    n_queries: int
    n_metrics: int
    n_queries, n_metrics = values.shape
    if not n_queries:
        return (Summary(np.nan, np.nan, np.nan, np.nan),) * n_metrics
    by_class = np.argsort(queries, kind="stable")
    starts = np.unique(queries[by_class], return_index=True)[1]
    sizes = np.diff(starts, append=n_queries)
    grouped = values[by_class]
    means = np.add.reduceat(grouped, starts) / sizes[:, None]
    squares = np.add.reduceat((grouped - np.repeat(means, sizes, axis=0)) ** 2, starts)
    several = sizes > 1
    within = np.sqrt(squares[several] / (sizes[several, None] - 1))

    nothing = np.full(n_metrics, np.nan)
    columns = np.stack(
        [
            values.mean(axis=0),
            means.mean(axis=0),
            values.std(axis=0, ddof=1) if n_queries > 1 else nothing,
            within.mean(axis=0) if len(within) else nothing,
        ]
    )
    return tuple(Summary(*column) for column in columns.T.tolist())
