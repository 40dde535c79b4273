from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from radalike.adaptation.examples import Examples, numbered
from radalike.adaptation.methods import METHODS, candidates, described
from radalike.adaptation.selection import FOLDS, ROUNDS, select
from radalike.adaptation.whiten import Whiten
from radalike.errors import UnknownName
from tests.radalike.adaptation.clouds import clouds, unit


def test_what_helps_is_chosen_and_all_that_was_tried_is_told() -> None:
    examples = clouds(12, noise=1.0)
    moves: list[tuple[int, int]] = []
    choice = select(examples, ("whiten", "lda"), 0, lambda *at: moves.append(at))
    assert choice.chosen.method == "lda"
    assert choice.chosen.score == max(trial.score for trial in choice.trials)
    assert choice.chosen.p10 > choice.frozen.p10 + 0.1
    assert len(choice.trials) == 2 * sum(len(METHODS[name].grid) for name in ("whiten", "lda"))
    assert {len(trial.scores) for trial in choice.trials} == {FOLDS * ROUNDS}
    assert moves[-1] == (len(moves), len(moves))
    assert select(examples, ("whiten", "lda"), 0) == choice


def test_whole_patients_are_held_out() -> None:
    """Each patient has one embedding, twice: found in every space unless held out together."""
    random = np.random.default_rng(0)
    vectors = unit(*random.normal(size=(60, 8)).tolist()).repeat(2, axis=0)
    classes = numbered(random.integers(0, 3, 60).tolist()).repeat(2)
    twice = Examples(vectors, classes, np.arange(60).repeat(2))
    torn = replace(twice, groups=np.arange(120))
    assert select(torn, ("whiten",), 0).frozen.p1 > 0.7
    assert select(twice, ("whiten",), 0).frozen.p1 < 0.6


def test_the_names_of_methods() -> None:
    assert candidates("auto") == ("whiten", "lda", "linear", "mlp")
    assert candidates("lda") == ("lda",)
    with pytest.raises(UnknownName, match="linear"):
        candidates("linea")
    assert described(Whiten(0.5, 3)) == "shrinkage 0.5, dimension 3"
