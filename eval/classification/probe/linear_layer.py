"""A linear layer by the study's recipe, with torch on the CPU.

Of Denner et al., arXiv 2403.06567 (linear_probing.py of MIC-DKFZ/foundation-models-for-cbmir):
weights from N(0, 0.01), bias 0, cross-entropy, AdamW (Loshchilov & Hutter 2019) with rate 1e-3 and
decay 0.01, shuffled batches of 512, at most 100 epochs, stopped when 20 of them have not bettered
the accuracy on the validation images; the best epoch is kept. The study has a million images, and
so thousands of steps an epoch; a few hundred images make one, and learn little by it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from eval.classification.probe.examples import Examples
from eval.saved_state import Arrays, SavedState
from radalike.cores import on_one_core

if TYPE_CHECKING:
    from torch import Tensor

FEW_STEPS = 2000
"""Each step moves a weight by no more than about RATE: after fewer of them it has hardly moved."""

RATE, DECAY, SPREAD = 1e-3, 0.01, 0.01
BATCH, EPOCHS, PATIENCE = 512, 100, 20

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class LinearLayer:
    """weight (classes, d) and bias (classes,), float32; epoch: after which they were best, from 1.
    epochs, steps: that there were. right: share of the validation images, after the best."""

    weight: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    epoch: int
    epochs: int
    steps: int
    right: float

    def probabilities(self, vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        # Lanes that a vector unit throws away can raise this flag; the vectors have been checked.
        with np.errstate(invalid="ignore"):
            logits = (vectors @ self.weight.T + self.bias).astype(np.float64)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def fit_linear_layer(
    examples: Examples,
    seed: int,
    *,
    saved: SavedState,
    progress: Progress = lambda _done, _total: None,
) -> LinearLayer:
    """The same seed gives the same numbers, on one machine, interrupted or not."""
    with on_one_core():  # sums depend on how many cores there are; so small a layer gains little
        training = _Training(examples, seed)
        training.restore(saved.load())
        while training.epoch < EPOCHS and training.epoch - training.best_epoch < PATIENCE:
            training.run_epoch()
            progress(training.epoch, EPOCHS)
            if saved.is_due:
                saved.save(training.state())
        saved.finish(training.state())
        return training.best()


class _Training:
    """A layer on its way. The order of each epoch is drawn from the seed and the epoch's number, so
    that it can go on from its arrays alone."""

    def __init__(self, examples: Examples, seed: int) -> None:
        import torch

        self._vectors = torch.from_numpy(examples.vectors)
        self._classes = torch.from_numpy(examples.classes)
        self._training, self._validation = examples.training, examples.validation
        self._seed = seed
        shape = (len(examples.told), examples.vectors.shape[1])
        start = torch.Generator().manual_seed(seed)
        self._weight = torch.empty(shape).normal_(0.0, SPREAD, generator=start).requires_grad_()
        self._bias = torch.zeros(shape[0], requires_grad=True)
        self._steps = torch.optim.AdamW([self._weight, self._bias], lr=RATE, weight_decay=DECAY)
        self.epoch = self.best_epoch = 0
        self._right = -1.0
        self._best = (self._weight.detach().clone(), self._bias.detach().clone())

    def run_epoch(self) -> None:
        import torch

        random = np.random.default_rng((self._seed, self.epoch))
        order = torch.from_numpy(random.permutation(self._training))
        for batch in order.split(BATCH):  # type: ignore[no-untyped-call]
            self._steps.zero_grad()
            said = self._said(self._vectors[batch])
            loss = torch.nn.functional.cross_entropy(said, self._classes[batch])
            loss.backward()  # type: ignore[no-untyped-call]
            self._steps.step()
        self.epoch += 1
        right = self._validated()
        if right > self._right:
            self._right, self.best_epoch = right, self.epoch
            self._best = (self._weight.detach().clone(), self._bias.detach().clone())

    def _said(self, vectors: Tensor) -> Tensor:
        import torch

        return torch.nn.functional.linear(vectors, self._weight, self._bias)

    def _validated(self) -> float:
        import torch

        right = 0
        with torch.inference_mode():
            for batch in torch.from_numpy(self._validation).split(BATCH):  # type: ignore[no-untyped-call]
                said = self._said(self._vectors[batch]).argmax(dim=1)
                right += int((said == self._classes[batch]).sum())
        return right / len(self._validation)

    def state(self) -> Arrays:
        kept: dict[str, npt.NDArray[Any]] = {
            "weight": self._weight.detach().numpy(),
            "bias": self._bias.detach().numpy(),
            "best_weight": self._best[0].numpy(),
            "best_bias": self._best[1].numpy(),
            "epochs": np.array([self.epoch, self.best_epoch]),
            "right": np.array(self._right),
        }
        for place, moments in self._steps.state_dict()["state"].items():
            kept |= {f"{name}_{place}": moment.numpy() for name, moment in moments.items()}
        return kept

    def restore(self, kept: Arrays | None) -> None:
        import torch

        if kept is None:
            return
        with torch.no_grad():
            self._weight.copy_(torch.from_numpy(kept["weight"]))
            self._bias.copy_(torch.from_numpy(kept["bias"]))
        self._best = (torch.from_numpy(kept["best_weight"]), torch.from_numpy(kept["best_bias"]))
        self.epoch, self.best_epoch = kept["epochs"].tolist()
        self._right = float(kept["right"])
        described = self._steps.state_dict()
        described["state"] = {
            place: {
                name: torch.from_numpy(kept[f"{name}_{place}"])
                for name in ("step", "exp_avg", "exp_avg_sq")
            }
            for place in (0, 1)
        }
        self._steps.load_state_dict(described)

    def best(self) -> LinearLayer:
        weight, bias = (each.numpy() for each in self._best)
        steps = self.epoch * -(-len(self._training) // BATCH)
        return LinearLayer(weight, bias, self.best_epoch, self.epoch, steps, self._right)
