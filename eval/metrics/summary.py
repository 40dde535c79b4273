"""One number for many queries: means over queries, and over classes.

Micro is the mean over queries, macro the mean of the classes' means; standard deviations as in
Denner et al., arXiv 2403.06567.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Values: TypeAlias = npt.NDArray[np.float64]


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


def summarise(values: Values, classes: npt.NDArray[np.integer[Any]]) -> tuple[Summary, ...]:
    """A summary for each column of `values` (queries, metrics), all finite; classes (queries,)."""
    n_queries: int
    n_metrics: int
    n_queries, n_metrics = values.shape
    if not n_queries:
        return (Summary(np.nan, np.nan, np.nan, np.nan),) * n_metrics
    by_class = np.argsort(classes, kind="stable")
    starts = np.unique(classes[by_class], return_index=True)[1]
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


@dataclass(frozen=True, slots=True)
class GroupMeans:
    """groups: (g,) codes, ascending. n_queries: (g,). micro, macro: (g, metrics)."""

    groups: npt.NDArray[np.integer[Any]]
    n_queries: npt.NDArray[np.int64]
    micro: Values
    macro: Values


def group_means(
    values: Values, classes: npt.NDArray[np.integer[Any]], groups: npt.NDArray[np.integer[Any]]
) -> GroupMeans:
    """Micro and macro of each group of queries; values (queries, metrics), codes (queries,).

    All groups take one pass over the values. There is at least one query.
    """
    order = np.lexsort((classes, groups))
    sorted_groups, sorted_classes = groups[order], classes[order]
    new_group = np.diff(sorted_groups, prepend=sorted_groups[0] - 1) != 0
    new_class = (np.diff(sorted_classes, prepend=sorted_classes[0] - 1) != 0) | new_group
    starts = np.flatnonzero(new_class)
    sizes = np.diff(starts, append=len(order))
    sums = np.add.reduceat(values[order], starts)
    group_starts = np.flatnonzero(new_group[starts])
    n_classes = np.diff(group_starts, append=len(starts))
    n_queries = np.add.reduceat(sizes, group_starts)
    return GroupMeans(
        sorted_groups[starts[group_starts]],
        n_queries,
        np.add.reduceat(sums, group_starts) / n_queries[:, None],
        np.add.reduceat(sums / sizes[:, None], group_starts) / n_classes[:, None],
    )
