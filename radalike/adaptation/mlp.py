"""A perceptron with one hidden layer: the space is the hidden layer, or what follows from it.

Trained with AdamW (Loshchilov & Hutter 2019) and smoothed labels; how long, a part of the examples
that is held out says (early stopping), and then it is trained that long on all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from radalike.adaptation.examples import Examples
from radalike.adaptation.folds import folds
from radalike.adaptation.maps import Map, layer, single
from radalike.cores import on_one_core
from radalike.records import Vectors

if TYPE_CHECKING:
    from torch import Tensor

_LEAST_BATCH, _MOST_BATCH = 8, 128
_BATCHES = 16  # an epoch of few examples has at least so many, where it can
_RATE = 1e-3
_SMOOTHING = 0.1
_MOST_EPOCHS, _PATIENCE = 40, 5
_HELD_OUT = 5  # one part in so many
_SPREAD = 16.0  # norm of the centred inputs, so that the hidden units leave their linear part


_Network: TypeAlias = tuple[tuple[Vectors, Vectors], tuple[Vectors, Vectors]]
"""Weight (inputs, outputs) and bias of both layers."""


@dataclass(frozen=True, slots=True)
class Mlp:
    """hidden: units. decay: of the weights (AdamW)."""

    decay: float
    space: Literal["hidden", "logits"] = "hidden"
    hidden: int = 128


GRID = (Mlp(1.0), Mlp(1.0, "logits"))


def learn(examples: Examples, settings: Sequence[Mlp], seed: int = 0) -> list[Map]:
    """A map for each of `settings`; the same for the same seed, on one machine."""
    trained: dict[tuple[float, int], _Network] = {}
    mean = examples.vectors.mean(axis=0, dtype=np.float64)
    centred = examples.vectors - mean.astype(np.float32)
    scale = _SPREAD / np.sqrt(max(float((centred**2).sum(axis=1).mean()), 1e-12))
    maps = []
    for each in settings:
        key = (each.decay, each.hidden)
        if key not in trained:
            with on_one_core():  # small steps are slower on several, and sums depend on how many
                trained[key] = _trained(examples, centred * np.float32(scale), each, seed)
        first, last = trained[key]
        weight = first[0].astype(np.float64) * scale
        layers = [layer(weight, first[1] - mean @ weight, "tanh")]
        if each.space == "logits":
            outputs, biases = last
            layers.append(
                layer(outputs - outputs.mean(axis=1, keepdims=True), biases - biases.mean())
            )
        maps.append(single(*layers))
    return maps


def _trained(examples: Examples, inputs: Vectors, setting: Mlp, seed: int) -> _Network:
    import torch

    held = torch.from_numpy(folds(examples, _HELD_OUT, seed) == 0)
    rows, classes = torch.from_numpy(inputs), torch.from_numpy(examples.classes)
    epochs = _MOST_EPOCHS // 2
    if held.any() and not held.all():
        kept = (rows[~held], classes[~held])
        epochs = _epochs(kept, (rows[held], classes[held]), examples.number, setting, seed)
    run = _Training(rows.shape[1], examples.number, setting, seed)
    for _ in range(epochs):
        run.epoch(rows, classes)
    return run.weights()


def _epochs(
    kept: tuple[Tensor, Tensor],
    held: tuple[Tensor, Tensor],
    number: int,
    setting: Mlp,
    seed: int,
) -> int:
    """After how many epochs the loss on what is held out is least."""
    run = _Training(kept[0].shape[1], number, setting, seed)
    least, best = float("inf"), 1
    for epoch in range(1, _MOST_EPOCHS + 1):
        run.epoch(*kept)
        loss = run.loss(*held)
        if loss < least:
            least, best = loss, epoch
        elif epoch - best >= _PATIENCE:
            break
    return best


class _Training:
    """A network on its way; all that is random comes from generators of its own."""

    def __init__(self, dimension: int, number: int, setting: Mlp, seed: int) -> None:
        import torch

        self._random = torch.Generator().manual_seed(seed)
        # The usual way to make a layer draws from the generator that all share.
        unset: Callable[..., torch.nn.Linear] = torch.nn.utils.skip_init
        self._first = unset(torch.nn.Linear, dimension, setting.hidden)
        self._last = unset(torch.nn.Linear, setting.hidden, number)
        with torch.no_grad():
            for each in (self._first, self._last):
                most = each.in_features**-0.5
                each.weight.uniform_(-most, most, generator=self._random)
                each.bias.zero_()
        self._network = torch.nn.Sequential(self._first, torch.nn.Tanh(), self._last)
        self._steps = torch.optim.AdamW(
            self._network.parameters(), lr=_RATE, weight_decay=setting.decay
        )

    def epoch(self, rows: Tensor, classes: Tensor) -> None:
        import torch

        size = min(_MOST_BATCH, max(_LEAST_BATCH, len(rows) // _BATCHES))
        order = torch.randperm(len(rows), generator=self._random)
        for batch in order.split(size):  # type: ignore[no-untyped-call]
            self._steps.zero_grad()
            said = self._network(rows[batch])
            loss = torch.nn.functional.cross_entropy(
                said, classes[batch], label_smoothing=_SMOOTHING
            )
            loss.backward()  # type: ignore[no-untyped-call]
            self._steps.step()

    def loss(self, rows: Tensor, classes: Tensor) -> float:
        import torch

        with torch.inference_mode():
            return float(torch.nn.functional.cross_entropy(self._network(rows), classes))

    def weights(self) -> _Network:
        first, last = (
            (each.weight.detach().numpy().T, each.bias.detach().numpy())
            for each in (self._first, self._last)
        )
        return first, last
