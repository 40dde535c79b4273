"""Precision.

P@N of a query is the number of hits among its first n neighbours divided by n, where n is the
smaller of N and the number of hits that the index has, so that perfect retrieval scores 1 for a
class of any size (Denner et al., arXiv 2403.06567). R-precision is the same with n the number of
hits that the index has (Manning, Raghavan & Schütze 2008, Introduction to Information Retrieval,
section 8.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eval.metrics.judged import Judged
from eval.metrics.metric import CutOff, Metric
from eval.metrics.summary import Values


@dataclass(frozen=True, slots=True, order=True)
class P(CutOff):
    """Precision among the first `at` neighbours: `str(P(5))` is "P@5"."""

    NAME: ClassVar[str] = "P"

    def of(self, judged: Judged) -> Values:
        return _precision(judged, np.minimum(self.places(judged), judged.relevant))


@dataclass(frozen=True, slots=True)
class RPrecision(Metric):
    """Precision among as many neighbours as there are hits to be had."""

    def __str__(self) -> str:
        return "R-precision"

    def depth(self, most_relevant: int) -> int:
        return most_relevant

    def of(self, judged: Judged) -> Values:
        if judged.relevant.max(initial=0) > judged.depth:
            raise ValueError(f"R-precision needs more than {judged.depth} neighbours")
        return _precision(judged, judged.relevant)


def _precision(judged: Judged, first: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Values:
    counted = judged.cumulative_hits[np.arange(len(judged)), first - 1]
    return np.asarray(counted / first)
