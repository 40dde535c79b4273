"""Average precision; its mean over queries is MAP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eval.metrics.judged import Judged
from eval.metrics.metric import CutOff
from eval.metrics.summary import Values


@dataclass(frozen=True, slots=True, order=True)
class AP(CutOff):
    """The precision at each hit among the first `at` neighbours, summed, and divided by the smaller
    of `at` and the number of hits that the index has: so many could be there."""

    NAME: ClassVar[str] = "AP"

    def of(self, judged: Judged) -> Values:
        at = self.places(judged)
        summed = judged.cumulative_precision[:, at - 1]
        return np.asarray(summed / np.minimum(judged.relevant, at))
