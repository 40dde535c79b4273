"""Linear discriminant analysis: the directions that tell the classes apart, scaled so that images
of one class differ equally in each (Fisher 1936; Rao 1948).

The covariance within classes, C, is shrunk towards a multiple of the identity, C' = (1 - s) C +
s tr(C)/d I (Friedman 1989), so that few images are enough; then x becomes V^T C'^(-1/2) (x - mean),
V being the directions of the class means in that space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from radalike.adaptation.examples import Examples
from radalike.adaptation.maps import Map, centred_layer, single
from radalike.adaptation.whiten import Original

_LEAST = 1e-10


@dataclass(frozen=True, slots=True)
class Lda:
    """shrinkage: above 0, to 1. original: share of the whitened original beside it."""

    shrinkage: float
    original: float = 0.0


GRID = (
    *(Lda(shrinkage) for shrinkage in (0.9, 0.6, 0.3, 0.1, 0.03)),
    *(Lda(shrinkage, 0.3) for shrinkage in (0.6, 0.3)),
)


def learn(examples: Examples, settings: Sequence[Lda], seed: int = 0) -> list[Map]:
    """A map for each of `settings`, of number of classes - 1 dimensions (and the original's)."""
    found, classes = examples.principal, examples.classes
    rows = found.rows
    means = np.zeros((examples.number, rows.shape[1]))
    np.add.at(means, classes, rows)
    means /= np.bincount(classes)[:, None]
    rows = rows - means[classes]
    variances, directions = np.linalg.eigh(rows.T @ rows / len(rows))
    variances = np.maximum(variances, 0)
    maps, original = [], Original(examples)
    for each in settings:
        shrunk = (1 - each.shrinkage) * variances + each.shrinkage * variances.mean()
        sphere = directions / np.sqrt(np.maximum(shrunk, _LEAST))
        # Each class counts the same, however many images it has.
        between = (means - means.mean(axis=0)) @ sphere
        _, spread, axes = np.linalg.svd(between, full_matrices=False)
        telling = axes[spread > _LEAST * spread.max(initial=1.0)][: examples.number - 1]
        weight = found.directions @ (sphere @ telling.T)
        map_ = single(centred_layer(weight, found.mean))
        maps.append(original.beside(map_, each.original))
    return maps
