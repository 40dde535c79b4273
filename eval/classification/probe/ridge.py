"""Ridge regression on the classes as 0 and 1: the fast answer, in closed form.

Hoerl & Kennard, Technometrics 12 (1970), 55-67. With centred X and Y, the weights are
(X'X + lambda I)^-1 X'Y; from one eigendecomposition of X'X (or of XX' when there are fewer images
than dimensions) they follow for every lambda, and the best lambda on the validation images is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eval.classification.probe.examples import Examples
from radalike.adaptation.examples import Examples as Learnable
from radalike.adaptation.examples import Principal

PENALTIES = tuple(float(each) for each in 10.0 ** np.arange(-6, 2.5, 0.5))
"""lambda, in units of the mean eigenvalue of X'X."""

BLOCK = 16_384
"""Rows whose float64 copies are held at once."""

_NOTHING = 1e-12
"""Variance of unit vectors in a direction in which, but for rounding, they do not differ."""

Numbers = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Ridge:
    """weight (d, classes) and bias (classes,), float64. penalty: of PENALTIES. right: share of the
    validation images. tried: the same for each of PENALTIES."""

    weight: Numbers
    bias: Numbers
    penalty: float
    right: float
    tried: tuple[float, ...]

    def estimates(self, vectors: npt.NDArray[np.float32]) -> Numbers:
        """Estimates of the probabilities; they can lie outside [0, 1]."""
        return _estimates(vectors, self.weight, self.bias)


def fit_ridge(examples: Examples, *, progress: Progress = lambda _done, _total: None) -> Ridge:
    principal, covariance, shares = _moments(examples, progress)
    mean_variance = principal.variances.mean() if len(principal.variances) else 1.0
    # In the principal directions: (r, classes), to be divided by each variance plus the penalty.
    turned = principal.directions.T @ covariance

    def weights(penalty: float) -> tuple[Numbers, Numbers]:
        shrunk = turned / (principal.variances + penalty * mean_variance)[:, None]
        weight = principal.directions @ shrunk
        return weight, shares - principal.mean @ weight

    tried = [_right(examples, *weights(penalty)) for penalty in PENALTIES]
    # Of equals the largest: it is the least sure of itself.
    best = len(tried) - 1 - int(np.argmax(tried[::-1]))
    return Ridge(*weights(PENALTIES[best]), PENALTIES[best], tried[best], tuple(tried))


def _moments(examples: Examples, progress: Progress) -> tuple[Principal, Numbers, Numbers]:
    """The principal directions of the training images, the covariance of the dimensions with the
    classes (d, classes), and each class's share of the images."""
    n, d, number = len(examples.training), examples.vectors.shape[1], len(examples.told)
    sizes = np.bincount(examples.classes[examples.training], minlength=number)
    products, sums = np.zeros((d, d)), np.zeros((number, d))
    small = n < d
    for start in range(0, n, BLOCK):
        some = examples.training[start : start + BLOCK]
        vectors = examples.vectors[some].astype(np.float64)
        if not small:
            products += vectors.T @ vectors
        members = np.zeros((number, len(some)))
        members[examples.classes[some], np.arange(len(some))] = 1
        sums += members @ vectors
        progress(min(start + BLOCK, n), n)
    mean, shares = sums.sum(axis=0) / n, sizes / n
    covariance = (sums - sizes[:, None] * mean).T / n
    if small:
        chosen = examples.vectors[examples.training]
        nothing = np.zeros(n, dtype=np.int64)
        principal = Learnable(chosen, nothing, nothing).principal
    else:
        variances, directions = np.linalg.eigh(products / n - np.outer(mean, mean))
        principal = Principal(mean, variances, directions, np.empty((0, d)))
    kept = principal.variances > _NOTHING
    return (
        Principal(mean, principal.variances[kept], principal.directions[:, kept], principal.rows),
        covariance,
        shares,
    )


def _estimates(vectors: npt.NDArray[np.float32], weight: Numbers, bias: Numbers) -> Numbers:
    # Lanes that a vector unit throws away can raise this flag; the vectors have been checked.
    with np.errstate(invalid="ignore"):
        return np.asarray(vectors @ weight + bias)


def _right(examples: Examples, weight: Numbers, bias: Numbers) -> float:
    right = 0
    for start in range(0, len(examples.validation), BLOCK):
        some = examples.validation[start : start + BLOCK]
        said = _estimates(examples.vectors[some], weight, bias).argmax(axis=1)
        right += int((said == examples.classes[some]).sum())
    return right / len(examples.validation)
