"""Reciprocal rank; its mean over queries is MRR."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eval.metrics.judged import Judged
from eval.metrics.metric import CutOff
from eval.metrics.summary import Values


@dataclass(frozen=True, slots=True, order=True)
class RR(CutOff):
    """One divided by the rank of the first hit among the first `at` neighbours, 0 without one."""

    NAME: ClassVar[str] = "RR"

    def of(self, judged: Judged) -> Values:
        hits = judged.hits[:, : self.places(judged)]
        return np.asarray(hits.any(axis=1) / (1.0 + hits.argmax(axis=1)))
