from __future__ import annotations

import numpy as np
import pytest

from radalike.adaptation.linear import GRID, Linear, learn
from radalike.adaptation.maps import apply
from tests.radalike.adaptation.clouds import clouds


def test_the_logit_of_an_images_own_class_is_the_largest() -> None:
    examples = clouds(20, noise=0.1)
    (map_,) = learn(examples, [Linear(1e-4)])
    assert map_.dimension == 3
    assert (apply(map_, examples.vectors).argmax(axis=1) == examples.classes).all()


def test_logits_are_centred_over_the_classes() -> None:
    examples = clouds(20)
    (map_,) = learn(examples, [Linear(1e-4)])
    assert apply(map_, examples.vectors).sum(axis=1) == pytest.approx(np.zeros(60), abs=1e-4)


def test_it_is_where_the_slope_of_the_penalised_likelihood_is_zero() -> None:
    """The slope for the bias is mean(probability - class): the shares of the classes are met."""
    examples = clouds(20)
    (map_,) = learn(examples, [Linear(1e-3, "probabilities")])
    (layer,) = map_.branches[0].layers
    logits = examples.vectors @ layer.weight + layer.bias
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert shares.mean(axis=0) == pytest.approx(np.full(3, 1 / 3), abs=1e-4)
    own = np.eye(3)[examples.classes]
    rows = examples.vectors - examples.vectors.mean(axis=0)
    slope = rows.T @ (shares - own) / len(rows)
    squared = (rows**2).sum(axis=1).mean()
    # The penalty is on weights of rows that are scaled by 1 / sqrt(squared).
    assert slope + 2 * 1e-3 * layer.weight * squared == pytest.approx(np.zeros((8, 3)), abs=1e-4)


def test_a_greater_penalty_gives_flatter_probabilities() -> None:
    examples = clouds(20)
    settings = [Linear(1e-1, "probabilities"), Linear(1e-5, "probabilities")]
    flat, sharp = (
        apply(map_, examples.vectors).max(axis=1).mean() for map_ in learn(examples, settings)
    )
    assert flat < sharp


def test_the_whole_grid_can_be_learnt_and_twice_gives_the_same() -> None:
    once, again = learn(clouds(8), GRID), learn(clouds(8), GRID)
    for one, other in zip(once, again, strict=True):
        assert np.array_equal(apply(one, clouds(8).vectors), apply(other, clouds(8).vectors))
