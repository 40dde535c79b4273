"""Choosing a method and its settings by what they give on held-out parts of the examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from radalike.adaptation.examples import Examples
from radalike.adaptation.folds import folds
from radalike.adaptation.maps import Map, apply
from radalike.adaptation.methods import METHODS, POWERS, Setting, learn, raised
from radalike.adaptation.precision import macro_precision

FOLDS, ROUNDS = 5, 2
AT = (1, 10)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """One setting, and its macro P@1 and P@10: the mean over the held-out parts; each query is
    held out, what it is searched among is not. `scores`: the mean of both, of each part."""

    method: str
    setting: Setting | None
    power: float
    p1: float
    p10: float
    scores: tuple[float, ...]

    @property
    def score(self) -> float:
        return float(np.mean(self.scores))


@dataclass(frozen=True, slots=True)
class Choice:
    """What was tried, with the embeddings as they are (`frozen`), and what was chosen."""

    frozen: Trial
    trials: tuple[Trial, ...]
    chosen: Trial


def select(
    examples: Examples,
    methods: Sequence[str],
    seed: int,
    progress: Progress = lambda _done, _total: None,
) -> Choice:
    """Try every setting of `methods` on FOLDS parts, ROUNDS times cut anew, and choose.

    The one with the best mean of macro P@1 and P@10 over all parts is chosen, the simpler one of
    equals. The parts overlap from turn to turn, which steadies the mean: on one part alone, chance
    would choose among settings that are nearly alike.
    """
    families = [(name, power) for name in methods for power in POWERS]
    found: dict[tuple[str, Setting | None, float], list[list[float]]] = {("frozen", None, 1.0): []}
    for name, power in families:
        found |= {(name, setting, power): [] for setting in METHODS[name].grid}
    for part in range(FOLDS * ROUNDS):
        turn, fold = divmod(part, FOLDS)
        held = folds(examples, FOLDS, seed + turn) == fold
        learnt = examples.rows(~held)
        rows = {power: raised(learnt, power) for power in POWERS}
        judged = _Judge(examples, held)
        found["frozen", None, 1.0].append(judged(None))
        for place, (name, power) in enumerate(families, part * len(families)):
            grid = METHODS[name].grid
            for setting, map_ in zip(
                grid, learn(name, rows[power], grid, seed, power), strict=True
            ):
                found[name, setting, power].append(judged(map_))
            progress(place + 1, FOLDS * ROUNDS * len(families))
    frozen, *trials = (_trial(*key, rows) for key, rows in found.items())
    return Choice(frozen, tuple(trials), max(trials, key=lambda trial: trial.score))


class _Judge:
    """Macro P@N of the held-out examples, searched among the others, in a map's space."""

    def __init__(self, examples: Examples, held: npt.NDArray[np.bool_]) -> None:
        self._examples, self._held = examples, held

    def __call__(self, map_: Map | None) -> list[float]:
        vectors, classes, held = self._examples.vectors, self._examples.classes, self._held
        mapped = vectors if map_ is None else apply(map_, vectors)
        return macro_precision(mapped[~held], classes[~held], mapped[held], classes[held], AT)


def _trial(method: str, setting: Setting | None, power: float, rows: list[list[float]]) -> Trial:
    p1, p10 = np.mean(rows, axis=0).tolist()
    return Trial(method, setting, power, p1, p10, tuple(float(np.mean(row)) for row in rows))
