"""Recall: the share of all hits that are found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eval.metrics.judged import Judged
from eval.metrics.metric import CutOff
from eval.metrics.summary import Values


@dataclass(frozen=True, slots=True, order=True)
class Recall(CutOff):
    """Hits among the first `at` neighbours, divided by those that the index has. A class of more
    than `at` images cannot reach 1."""

    NAME: ClassVar[str] = "Recall"

    def of(self, judged: Judged) -> Values:
        return np.asarray(judged.cumulative_hits[:, self.places(judged) - 1] / judged.relevant)
