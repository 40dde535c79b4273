from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.adaptation.maps import Branch, Map, apply, layer, powered, single
from radalike.errors import InvalidVector
from tests.radalike.adaptation.clouds import unit


def test_a_layer_is_the_matrix_and_the_bias_and_the_result_has_unit_length() -> None:
    map_ = single(layer([[1, 0], [0, 2]], [0, 0]))
    assert apply(map_, unit([1, 1])) == pytest.approx(unit([1, 2]))
    shifted = single(layer(np.eye(2), [0, 1]))
    assert apply(shifted, unit([1, 0])) == pytest.approx(unit([1, 1]))


def test_softmax_gives_shares() -> None:
    map_ = single(layer(np.log([[2.0, 6.0]]), [0, 0], "softmax"))
    assert apply(map_, unit([1])) == pytest.approx(unit([1, 3]))


def test_layers_follow_each_other() -> None:
    map_ = single(layer(np.eye(2) * 3, [0, 0], "tanh"), layer([[1], [0]], [0]))
    assert map_.dimension == 1
    assert apply(map_, unit([1, 0])) == pytest.approx(np.ones((1, 1)))


def test_a_branch_has_the_weight_of_its_share_whatever_its_scale() -> None:
    same = layer(np.eye(2) * 50, [0, 0])
    other = layer([[0, 0], [0, 0]], [7, 0])
    map_ = Map((Branch((same,)), Branch((other,), 0.5)))
    assert map_.dimension == 4
    assert apply(map_, unit([0, 1])) == pytest.approx(unit([0, 1, 0.5, 0]))


def test_the_power_keeps_the_sign() -> None:
    assert powered(unit([-4, 1]), 0.5) == pytest.approx(unit([-2, 1]))


@given(st.integers(1, 40), st.integers(1, 7))
def test_a_row_maps_alike_alone_and_among_others(rows: int, width: int) -> None:
    random = np.random.default_rng(rows)
    vectors = unit(*random.normal(size=(rows, 5)).tolist())
    map_ = single(layer(random.normal(size=(5, width)), random.normal(size=width), "tanh"))
    together = apply(map_, vectors)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(rows), abs=1e-6)
    for row in range(rows):
        assert together[row] == pytest.approx(apply(map_, vectors[row : row + 1])[0], abs=1e-6)


def test_embeddings_of_another_dimension_and_what_maps_to_zero_are_refused() -> None:
    map_ = single(layer([[1.0], [0.0]], [0]))
    with pytest.raises(InvalidVector, match="takes"):
        apply(map_, unit([1, 0, 0]))
    with pytest.raises(InvalidVector, match="zero"):
        apply(map_, unit([0, 1]))
