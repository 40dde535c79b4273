"""Several tests at once: Holm's correction."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eval.statistics.sample import Values
from radalike.errors import UsageError


def holm(p_values: npt.ArrayLike) -> Values:
    """The p-values, of any shape, adjusted for how many they are: float64, the same shape.

    Of m p-values in ascending order the i-th becomes the greatest of (m - j + 1) p_j over j <= i,
    at most 1. Rejecting what is then at most alpha keeps the chance of any false rejection at
    alpha, whatever the dependence: Holm, Scand. J. Statist. 6 (1979), 65-70. Raises UsageError for
    what is no probability, NaN among them.
    """
    given = np.asarray(p_values, dtype=np.float64)
    wrong = int((~((given >= 0) & (given <= 1))).sum())
    if wrong:
        raise UsageError(
            f"{wrong} of {given.size} p-values are not between 0 and 1",
            hint="correct only tests that could be made",
        )
    flat = given.ravel()
    order = np.argsort(flat, kind="stable")
    steps = np.arange(flat.size, 0, -1) * flat[order]
    adjusted = np.empty_like(flat)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted.reshape(given.shape)
