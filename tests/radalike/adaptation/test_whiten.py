from __future__ import annotations

import numpy as np
import pytest

from radalike.adaptation.maps import apply
from radalike.adaptation.whiten import GRID, Original, Whiten, learn, whitening
from tests.radalike.adaptation.clouds import clouds


@pytest.mark.parametrize("each", [30, 1])
def test_without_shrinkage_the_covariance_becomes_the_identity(each: int) -> None:
    examples = clouds(each)
    (layer,) = whitening(examples, [Whiten(0.0)])
    rows = examples.vectors @ layer.weight + layer.bias
    assert rows.mean(axis=0) == pytest.approx(np.zeros(rows.shape[1]), abs=1e-4)
    # Three rows differ in two directions only.
    assert rows.shape[1] == (8 if each == 30 else 2)
    assert rows.T @ rows / len(rows) == pytest.approx(np.eye(rows.shape[1]), abs=1e-3)


def test_the_widest_directions_are_kept() -> None:
    examples = clouds(200)
    (layer,) = whitening(examples, [Whiten(0.0, 1)])
    along = layer.weight[:, 0] / np.linalg.norm(layer.weight)
    assert abs(along[-1]) > 0.9


def test_full_shrinkage_only_turns() -> None:
    examples = clouds(30)
    (layer,) = whitening(examples, [Whiten(1.0)])
    rows = examples.vectors @ layer.weight + layer.bias
    centred = examples.vectors - examples.vectors.mean(axis=0)
    ratio = np.linalg.norm(rows, axis=1) / np.linalg.norm(centred, axis=1)
    assert ratio == pytest.approx(np.full(len(ratio), ratio[0]), rel=1e-3)


def test_the_whole_grid_can_be_learnt_and_the_original_put_beside() -> None:
    examples = clouds(10)
    maps = learn(examples, GRID)
    assert {map_.dimension for map_ in maps} == {8}
    original = Original(examples)
    both = original.beside(maps[0], 0.3)
    assert both.dimension == 16
    assert original.beside(maps[0], 0.0) is maps[0]
    assert np.linalg.norm(apply(both, examples.vectors)[:, 8:], axis=1) == pytest.approx(
        np.full(30, 0.3 / np.hypot(1, 0.3)), abs=1e-5
    )
