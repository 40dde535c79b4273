"""PCA whitening: the directions in which embeddings differ little count as much as the others.

With C = V diag(w) V^T the covariance, an embedding x becomes (w')^(-1/2) V^T (x - mean), w'
being w shrunk towards its mean (Ledoit & Wolf 2004): w' = (1 - s) w + s mean(w). Needs no labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from radalike.adaptation.examples import Examples
from radalike.adaptation.maps import Branch, Layer, Map, centred_layer, single

_ORIGINAL = 256
_SHRINKAGE = 0.5


@dataclass(frozen=True, slots=True)
class Whiten:
    """shrinkage: 0 to 1. dimension: how many of the widest directions are kept, 0 for all."""

    shrinkage: float
    dimension: int = 0


GRID = tuple(
    Whiten(shrinkage, dimension) for dimension in (64, 256, 0) for shrinkage in (0.9, 0.5, 0.1)
)


def learn(examples: Examples, settings: Sequence[Whiten], seed: int = 0) -> list[Map]:
    """A map for each of `settings`."""
    return [single(each) for each in whitening(examples, settings)]


def whitening(examples: Examples, settings: Sequence[Whiten]) -> list[Layer]:
    found = examples.principal
    variances = found.variances
    layers = []
    for each in settings:
        kept = min(each.dimension or len(variances), len(variances))
        shrunk = (1 - each.shrinkage) * variances + each.shrinkage * variances.mean()
        weight = found.directions[:, :kept] / np.sqrt(shrunk[:kept])
        layers.append(centred_layer(weight, found.mean))
    return layers


class Original:
    """The whitened original beside a map: it orders the images within a class. Made once, for all
    maps that are learnt from the same `examples`."""

    def __init__(self, examples: Examples) -> None:
        self._examples = examples

    @cached_property
    def _layer(self) -> Layer:
        return whitening(self._examples, [Whiten(_SHRINKAGE, _ORIGINAL)])[0]

    def beside(self, map_: Map, share: float) -> Map:
        """`map_` itself where the share is 0."""
        if not share:
            return map_
        return replace(map_, branches=(*map_.branches, Branch((self._layer,), share)))
