"""The form that every adapter has: what it does to an embedding, as a few matrices.

First comes the power: each value x becomes sign(x) |x|^power, and the row is brought to unit length
again, which keeps a few large values from deciding alone (Perronnin et al. 2010; with 1, nothing
is changed). Then a map has one branch or several. A branch is one layer or several,
`activation(x W + b)`; its output is brought to unit length and multiplied by the branch's share.
The branches are concatenated and the whole is brought to unit length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from radalike.errors import InvalidVector
from radalike.records import Vectors
from radalike.vectors import normalised

Activation: TypeAlias = Literal["none", "tanh", "softmax"]

ACTIVATIONS: tuple[str, ...] = get_args(Activation)

_LEAST_NORM = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """weight: float32 (inputs, outputs). bias: float32 (outputs,)."""

    weight: Vectors
    bias: Vectors
    activation: Activation = "none"


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    layers: tuple[Layer, ...]
    share: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    branches: tuple[Branch, ...]
    power: float = 1.0

    @property
    def inputs(self) -> int:
        """Dimension of the embeddings that it takes."""
        return int(self.branches[0].layers[0].weight.shape[0])

    @property
    def dimension(self) -> int:
        """Dimension of the embeddings that it gives."""
        return sum(int(branch.layers[-1].weight.shape[1]) for branch in self.branches)


def layer(weight: npt.ArrayLike, bias: npt.ArrayLike, activation: Activation = "none") -> Layer:
    """A layer of numbers of any precision."""
    return Layer(_float32(weight), _float32(bias), activation)


def centred_layer(weight: npt.NDArray[Any], mean: npt.NDArray[Any]) -> Layer:
    """`(x - mean) W`."""
    return layer(weight, -(mean @ weight))


def single(*layers: Layer) -> Map:
    """A map of one branch."""
    return Map((Branch(layers),))


def apply(map_: Map, vectors: Vectors) -> Vectors:
    """Embeddings, float32 (n, inputs), to unit vectors, float32 (n, dimension).

    Raises InvalidVector for embeddings of another dimension, NaN, and what maps to zero.
    """
    if vectors.ndim != 2 or vectors.shape[1] != map_.inputs:
        raise InvalidVector(
            f"embeddings of shape {vectors.shape} for a map that takes (n, {map_.inputs})",
            hint="the adapter was learnt on another encoder's embeddings",
        )
    rows = powered(vectors, map_.power)
    if len(map_.branches) == 1:
        return normalised(_output(map_.branches[0], rows))
    return normalised(np.concatenate([_share(branch, rows) for branch in map_.branches], axis=1))


def powered(vectors: Vectors, power: float) -> Vectors:
    """Rows of unit length to rows of unit length, each value raised to `power`."""
    if power == 1:
        return vectors.astype(np.float32, copy=False)
    return normalised(_float32(np.sign(vectors) * np.abs(vectors) ** np.float32(power)))


def _share(branch: Branch, vectors: Vectors) -> Vectors:
    features = _output(branch, vectors)
    norms = np.maximum(np.linalg.norm(features, axis=1, keepdims=True), _LEAST_NORM)
    return _float32(branch.share * features / norms)


def _output(branch: Branch, vectors: Vectors) -> Vectors:
    features = vectors
    for each in branch.layers:
        # Vector units that work on more lanes than there are numbers can raise this flag for lanes
        # that are thrown away; a result that is not finite is refused by `normalised`.
        with np.errstate(invalid="ignore"):
            product = features @ each.weight
        features = _activated(product + each.bias, each.activation)
    return features


def _activated(features: Vectors, activation: Activation) -> Vectors:
    if activation == "tanh":
        return _float32(np.tanh(features))
    if activation == "softmax":
        powers = np.exp(features - features.max(axis=1, keepdims=True))
        return _float32(powers / powers.sum(axis=1, keepdims=True))
    return features


def _float32(values: npt.ArrayLike) -> Vectors:
    return np.ascontiguousarray(values, dtype=np.float32)
