from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.space.measures import effective_rank, eigen, hubness, silhouette, uniformity


def at(*degrees: float) -> np.ndarray:
    radians = np.radians(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def test_uniformity_by_hand() -> None:
    # Squared distances: 2 (0 and 90), 4 (0 and 180), 2 (90 and 180).
    expected = math.log((2 * math.exp(-4) + math.exp(-8)) / 3)
    assert uniformity(at(0, 90, 180)) == pytest.approx(expected, abs=1e-6)


def test_uniformity_of_one_point_is_zero_and_of_one_image_nothing() -> None:
    assert uniformity(at(30, 30, 30)) == pytest.approx(0, abs=1e-12)
    assert math.isnan(uniformity(at(30)))


def test_uniformity_is_the_same_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = at(*np.random.default_rng(0).uniform(0, 360, 50))
    whole = uniformity(vectors)
    monkeypatch.setattr("eval.space.measures.BLOCK", 7 * 50)
    assert uniformity(vectors) == pytest.approx(whole, rel=1e-12)


def test_effective_rank_counts_equal_directions() -> None:
    assert effective_rank(np.array([3.0, 3.0, 3.0, 0.0])) == pytest.approx(3)
    assert effective_rank(np.array([5.0, 0.0])) == pytest.approx(1)
    # Singular values 2 and 1: shares of 2/3 and 1/3.
    expected = math.exp(-(2 / 3 * math.log(2 / 3) + 1 / 3 * math.log(1 / 3)))
    assert effective_rank(np.array([4.0, 1.0])) == pytest.approx(expected)
    assert math.isnan(effective_rank(np.zeros(4)))


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=8))
def test_effective_rank_is_between_one_and_the_dimension(eigenvalues: list[float]) -> None:
    assert 1 - 1e-9 <= effective_rank(np.array(eigenvalues)) <= len(eigenvalues) + 1e-9


def test_eigenvectors_have_one_sign_and_noise_is_zero() -> None:
    values, vectors = eigen(np.diag([1.0, 4.0, 1e-20]))
    assert values.tolist() == [4.0, 1.0, 0.0]
    assert vectors[1, 0] == 1
    assert vectors[0, 1] == 1


def test_hubness_of_a_star() -> None:
    # The centre is nearest to each of the others; they are far from each other.
    vectors = np.eye(6, dtype=np.float32)
    vectors[0] = 1 / np.sqrt(6)
    found = hubness(vectors, k=1)
    # Occurrences: 5, 1 (the centre's own nearest: ties go to the first), 0, 0, 0, 0.
    assert (found.k, found.largest) == (1, 5)
    assert found.never == pytest.approx(4 / 6)
    away = np.array([5, 1, 0, 0, 0, 0]) - 1
    assert found.skewness == pytest.approx((away**3).mean() / (away**2).mean() ** 1.5)


def test_hubness_of_few() -> None:
    assert hubness(at(0), k=10).k == 0
    pair = hubness(at(0, 90), k=10)
    assert (pair.k, pair.largest, pair.never) == (1, 1, 0)
    assert math.isnan(pair.skewness)


def test_silhouette_by_hand() -> None:
    # One class at 0 degrees, another at 90: distance 0 within, 1 between.
    assert silhouette(at(0, 0, 90, 90), np.array([0, 0, 1, 1])) == pytest.approx(1)
    # An image of no class is left out; so is one class too few.
    assert silhouette(at(0, 0, 90, 90, 45), np.array([0, 0, 1, 1, -1])) == pytest.approx(1)
    assert math.isnan(silhouette(at(0, 0, 90), np.array([0, 0, -1])))
    assert math.isnan(silhouette(at(0, 90), np.array([0, 1])))
    assert math.isnan(silhouette(at(0, 90), np.array([-1, -1])))
