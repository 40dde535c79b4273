"""Multinomial logistic regression: the space is what it says of each class.

The negative log-likelihood and an L2 penalty on the weights are minimised by L-BFGS (Liu &
Nocedal 1989), which has one minimum and so one answer. Two images are alike when the regression
says the same of them: as logits, centred over the classes, or as probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from radalike.adaptation.examples import Examples
from radalike.adaptation.maps import Map, layer, single
from radalike.adaptation.whiten import Original

if TYPE_CHECKING:
    from torch import Tensor

_ITERATIONS, _HISTORY = 100, 20
_FLAT = 1e-5  # largest slope at which the minimum is reached

Logits: TypeAlias = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""Weights (d, classes) and bias (classes,)."""


@dataclass(frozen=True, slots=True)
class Linear:
    """penalty: of the squared weights, per image, on embeddings of unit variance. temperature:
    logits are divided by it before they become probabilities. original: share of the whitened
    original beside it."""

    penalty: float
    space: Literal["logits", "probabilities"] = "logits"
    temperature: float = 1.0
    original: float = 0.0


_PENALTIES = (1e-4, 2e-5, 2e-6)

GRID = tuple(
    setting
    for penalty in _PENALTIES
    for setting in (
        Linear(penalty),
        Linear(penalty, "probabilities", 2.0),
        Linear(penalty, "probabilities", 1.0),
        Linear(penalty, "probabilities", 1.0, 0.3),
    )
)


def learn(examples: Examples, settings: Sequence[Linear], seed: int = 0) -> list[Map]:
    """A map for each of `settings`, of number of classes dimensions (and the original's)."""
    fits = _fits(examples, sorted({each.penalty for each in settings}, reverse=True))
    maps, original = [], Original(examples)
    for each in settings:
        weight, bias = fits[each.penalty]
        if each.space == "logits":
            map_ = single(layer(weight, bias))
        else:
            map_ = single(layer(weight / each.temperature, bias / each.temperature, "softmax"))
        maps.append(original.beside(map_, each.original))
    return maps


def _fits(examples: Examples, penalties: Sequence[float]) -> dict[float, Logits]:
    """The logits of each penalty, centred over the classes; each starts where the last one ended.

    The rows are centred and scaled to a mean squared length of 1, so that a penalty means the
    same for every encoder; the logits take the embeddings as they are.
    """
    import torch

    principal = examples.principal
    rows = principal.rows
    scale = 1 / np.sqrt(max(float((rows**2).sum(axis=1).mean()), 1e-12))
    inputs, targets = torch.from_numpy(rows * scale), torch.from_numpy(examples.classes)
    weight = torch.zeros(rows.shape[1], examples.number, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(examples.number, dtype=torch.float64, requires_grad=True)
    found = {}
    for penalty in penalties:
        _minimise(inputs, targets, weight, bias, penalty)
        weights = principal.directions @ weight.detach().numpy() * scale
        weights = weights - weights.mean(axis=1, keepdims=True)
        biases = bias.detach().numpy()
        found[penalty] = (weights, biases - biases.mean() - principal.mean @ weights)
    return found


def _minimise(
    inputs: Tensor, targets: Tensor, weight: Tensor, bias: Tensor, penalty: float
) -> None:
    import torch

    minimiser = torch.optim.LBFGS(
        [weight, bias],
        max_iter=_ITERATIONS,
        history_size=_HISTORY,
        tolerance_grad=_FLAT,
        line_search_fn="strong_wolfe",
    )

    def loss() -> float:
        minimiser.zero_grad()
        value = torch.nn.functional.cross_entropy(inputs @ weight + bias, targets)
        value = value + penalty * (weight**2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return float(value.detach())

    minimiser.step(loss)  # type: ignore[no-untyped-call]
