"""What the statistics are computed from: a value per query and metric, its class, its patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from radalike.errors import UsageError

Codes: TypeAlias = npt.NDArray[np.integer]
Values: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ClusteredSample:
    """q queries with their values: float64, (q, metrics), all finite.

    classes, clusters: int64, (q,), numbered without gaps from 0, in the order in which they are
    first met: what a patient was numbered before makes no difference to what is drawn.
    n_classes, n_clusters: how many there are.
    """

    values: Values
    classes: npt.NDArray[np.int64]
    clusters: npt.NDArray[np.int64]
    n_classes: int
    n_clusters: int

    @classmethod
    def of(cls, values: Values, classes: Codes, clusters: Codes) -> ClusteredSample:
        """The sample of arrays as they come; a cluster of -1 is a query that stands alone.

        Raises UsageError when the lengths differ or a value is not finite.
        """
        values = np.asarray(values, dtype=np.float64)
        if values.ndim != 2 or not len(values) == len(classes) == len(clusters):
            raise UsageError(
                f"values of shape {values.shape} do not go with {len(classes)} classes and "
                f"{len(clusters)} clusters",
                hint="values are (queries, metrics), with a class and a cluster for each query",
            )
        wrong = len(values) - int(np.isfinite(values).all(axis=1).sum())
        if wrong:
            raise UsageError(
                f"{wrong} of {len(values)} queries have a value that is not a finite number",
                hint="leave out the queries that cannot be answered; they are reported apart",
                queries=wrong,
            )
        class_codes, n_classes = _numbered(np.asarray(classes))
        cluster_codes, n_clusters = _numbered(_each_alone(np.asarray(clusters)))
        return cls(values, class_codes, cluster_codes, n_classes, n_clusters)


def _each_alone(clusters: Codes) -> npt.NDArray[np.int64]:
    """The clusters, with a number of its own in place of each -1."""
    alone = clusters < 0
    named = clusters.astype(np.int64)
    named[alone] = named.max(initial=0) + 1 + np.arange(alone.sum())
    return named


def _numbered(codes: Codes) -> tuple[npt.NDArray[np.int64], int]:
    """The codes as 0, 1 … in the order in which they are first met, and how many there are."""
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    number = np.empty(len(first), dtype=np.int64)
    number[np.argsort(first)] = np.arange(len(first))
    return number[inverse], len(first)
