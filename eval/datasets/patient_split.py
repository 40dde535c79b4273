"""Train and validation by patient, as the study drew them."""

from __future__ import annotations

from collections.abc import Iterable
from math import floor

SEED = 42
TRAIN_SHARE = 0.9


def validation_patients(patients: Iterable[str]) -> frozenset[str]:
    """The patients of the validation set: 10 %, rounded up, drawn with seed 42.

    `patients` are taken in the order of their first row in the published table. The draw is that
    of the study's scripts (scikit-learn's `train_test_split(unique, train_size=0.9,
    random_state=42)`: the head of one permutation by NumPy's MT19937, whose stream is frozen), so
    that the same published table gives the study's own split. A single patient stays in train.
    """
    import numpy as np

    unique = list(dict.fromkeys(patients))
    count = len(unique) - floor(TRAIN_SHARE * len(unique))
    if len(unique) < 2:
        return frozenset()
    drawn = np.random.RandomState(SEED).permutation(len(unique))[:count]
    return frozenset(unique[place] for place in drawn)
