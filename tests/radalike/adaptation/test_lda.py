from __future__ import annotations

import numpy as np
import pytest

from radalike.adaptation.examples import Examples
from radalike.adaptation.lda import GRID, Lda, learn
from radalike.adaptation.maps import apply
from radalike.adaptation.precision import macro_precision
from tests.radalike.adaptation.clouds import clouds


def test_two_classes_are_told_apart_along_the_direction_fisher_gives() -> None:
    """In two dimensions Fisher's direction is C^-1 (m1 - m0), by hand."""
    random = np.random.default_rng(3)
    codes = np.repeat([0, 1], 500)
    spread = np.array([[0.02, 0.015], [0.015, 0.02]])
    rows = random.multivariate_normal([0, 0], spread, len(codes)) + np.outer(codes, [0.3, 0.0])
    examples = Examples(rows.astype(np.float32), codes, np.arange(len(codes)))
    (map_,) = learn(examples, [Lda(1e-6)])
    assert map_.dimension == 1
    found = map_.branches[0].layers[0].weight[:, 0]
    right = np.linalg.solve(spread, [0.3, 0.0])
    cosine = found @ right / np.linalg.norm(found) / np.linalg.norm(right)
    assert abs(cosine) == pytest.approx(1, abs=5e-3)


def test_images_of_a_class_differ_equally_in_each_direction() -> None:
    examples = clouds(300)
    (map_,) = learn(examples, [Lda(1e-6)])
    (layer,) = map_.branches[0].layers
    rows = examples.vectors @ layer.weight + layer.bias
    means = np.stack([rows[examples.classes == code].mean(axis=0) for code in range(3)])
    within = rows - means[examples.classes]
    assert within.T @ within / len(within) == pytest.approx(np.eye(2), abs=1e-2)


def test_what_says_nothing_of_the_class_no_longer_decides() -> None:
    examples, new = clouds(40, noise=1.0), clouds(40, noise=1.0, seed=1)
    better = []
    for map_ in learn(examples, GRID):
        rows, index = apply(map_, new.vectors), apply(map_, examples.vectors)
        figures = (index, examples.classes, rows, new.classes, (10,))
        frozen = (examples.vectors, examples.classes, new.vectors, new.classes, (10,))
        better.append(macro_precision(*figures)[0] > macro_precision(*frozen)[0] + 0.05)
    assert sum(better) >= len(better) - 2  # strongest shrinkage only turns


def test_four_images_of_thirty_dimensions_are_enough() -> None:
    for map_ in learn(clouds(4, dimension=30), GRID):
        assert np.isfinite(apply(map_, clouds(4, dimension=30, seed=1).vectors)).all()
