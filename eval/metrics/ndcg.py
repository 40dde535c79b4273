"""Normalised discounted cumulative gain (Järvelin & Kekäläinen 2002, in the form that discounts
each gain by log2(rank + 1))."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eval.metrics.judged import Judged
from eval.metrics.metric import CutOff
from eval.metrics.summary import Values


@dataclass(frozen=True, slots=True, order=True)
class NDCG(CutOff):
    """The discounted gains among the first `at` neighbours, divided by the most they could be."""

    NAME: ClassVar[str] = "nDCG"

    def of(self, judged: Judged) -> Values:
        at = self.places(judged) - 1
        return np.asarray(judged.cumulative_gain[:, at] / judged.cumulative_ideal_gain[:, at])
