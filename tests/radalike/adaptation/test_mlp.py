from __future__ import annotations

import numpy as np
import torch

from radalike.adaptation.maps import apply
from radalike.adaptation.mlp import Mlp, learn
from tests.radalike.adaptation.clouds import clouds

_BOTH = [Mlp(1.0, hidden=16), Mlp(1.0, "logits", hidden=16)]


def test_both_spaces_tell_the_classes_apart() -> None:
    examples, new = clouds(40), clouds(40, seed=1)
    hidden, logits = learn(examples, _BOTH)
    assert (hidden.dimension, logits.dimension) == (16, 3)
    for map_ in (hidden, logits):
        rows = apply(map_, new.vectors)
        means = np.stack([rows[new.classes == code].mean(axis=0) for code in range(3)], axis=1)
        assert ((rows @ means).argmax(axis=1) == new.classes).mean() > 0.9
    assert (apply(logits, new.vectors).argmax(axis=1) == new.classes).mean() > 0.9


def test_a_seed_decides_all_of_it_and_nothing_else_is_touched() -> None:
    before = torch.random.get_rng_state()
    one, same, other = (learn(clouds(10), _BOTH[:1], seed)[0] for seed in (3, 3, 4))
    assert torch.equal(before, torch.random.get_rng_state())
    rows = [apply(map_, clouds(10).vectors) for map_ in (one, same, other)]
    assert np.array_equal(rows[0], rows[1])
    assert not np.array_equal(rows[0], rows[2])


def test_examples_that_are_all_of_one_group_are_learnt_without_holding_out() -> None:
    from dataclasses import replace

    examples = replace(clouds(10), groups=np.zeros(30, dtype=np.int64))
    assert learn(examples, _BOTH[:1])[0].dimension == 16
