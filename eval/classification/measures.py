"""How well classes are told apart: ROC-AUC, F1, precision, recall and accuracy.

With one class an image, the micro means of F1, precision and recall are all the share of queries
that are right, the accuracy; and the macro accuracy (the balanced one) is the macro recall. The
study's script writes the former as `macro_accuracy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

ClassScores: TypeAlias = npt.NDArray[np.floating[Any]]
"""What is said of each query and class: (queries, classes), the greater the likelier."""

NAMES = ("roc_auc", "f1", "precision", "recall", "accuracy")


@dataclass(frozen=True, slots=True)
class Measures:
    """By name; NaN for what is not defined: the ROC-AUC when all queries are of one class."""

    micro: Mapping[str, float]
    macro: Mapping[str, float]


def predicted(scores: ClassScores) -> npt.NDArray[np.int64]:
    """The class of each query; the first of several with the greatest score."""
    return np.asarray(scores.argmax(axis=1), dtype=np.int64)


def measure(truth: npt.NDArray[np.int64], scores: ClassScores) -> Measures:
    """truth: the class of each query, a column of `scores`; at least one query.

    ROC-AUC is one against the rest, over the classes that have a query: its micro mean that of all
    pairs of a query and a class. A class without a query counts in no macro mean; to be taken for
    it is an error of the query's own class.
    """
    from sklearn.metrics import precision_recall_fscore_support

    said = predicted(scores)
    present = np.unique(truth)
    precision, recall, f1, _ = precision_recall_fscore_support(
        truth, said, labels=present, average="macro", zero_division=0
    )
    accuracy = float((said == truth).mean())
    micro_auc, macro_auc = _roc_auc(truth, scores, present)
    return Measures(
        micro=dict(zip(NAMES, (micro_auc, *[accuracy] * 4), strict=True)),
        macro=dict(
            zip(NAMES, (macro_auc, *map(float, (f1, precision, recall, recall))), strict=True)
        ),
    )


def _roc_auc(
    truth: npt.NDArray[np.int64], scores: ClassScores, present: npt.NDArray[np.int64]
) -> tuple[float, float]:
    from sklearn.metrics import roc_auc_score

    if len(present) < 2:
        return float("nan"), float("nan")
    each = [roc_auc_score(truth == name, scores[:, name]) for name in present]
    of_pairs = roc_auc_score((truth[:, None] == present).ravel(), scores[:, present].ravel())
    return float(of_pairs), float(np.mean(each))
