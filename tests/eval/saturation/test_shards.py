from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.saturation.shards import check_sizes, draw_levels, sizes_of
from radalike.errors import InvalidSetting

IMAGES = st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 5)), min_size=1, max_size=60)


@given(IMAGES, st.integers(0, 3), st.integers(1, 4))
def test_each_index_has_its_size_of_every_class(
    images: list[tuple[int, int]], seed: int, draws: int
) -> None:
    classes, patients = (np.array(column) for column in zip(*images, strict=True))
    sizes = sizes_of(classes, (1, 3, 10))
    counts = np.bincount(classes)
    assert sizes[-1] == counts.max()
    levels = draw_levels(classes, patients, sizes, draws, seed)
    assert levels.shape == (draws, len(images))
    for draw in levels:
        for place, size in enumerate(sizes):
            inside = np.bincount(classes[draw <= place], minlength=len(counts))
            assert inside.tolist() == np.minimum(counts, size).tolist()


@given(IMAGES, st.integers(0, 3))
def test_a_patient_comes_whole_but_for_the_last(images: list[tuple[int, int]], seed: int) -> None:
    classes, patients = (np.array(column) for column in zip(*images, strict=True))
    sizes = sizes_of(classes, (1, 3, 10))
    (levels,) = draw_levels(classes, patients, sizes, 1, seed)
    for place in range(len(sizes)):
        for name in np.unique(classes):
            known = (classes == name) & (patients >= 0)
            inside = set(patients[known & (levels <= place)])
            outside = set(patients[known & (levels > place)])
            assert len(inside & outside) <= 1


def test_draws_are_random_seeded_and_of_their_own() -> None:
    classes, patients = np.repeat([0, 1], 50), np.full(100, -1)
    ten = draw_levels(classes, patients, (1, 10, 50), 10, 0)
    assert (draw_levels(classes, patients, (1, 10, 50), 10, 0) == ten).all()
    assert (draw_levels(classes, patients, (1, 10, 50), 3, 0) == ten[:3]).all()
    assert (draw_levels(classes, patients, (1, 10, 50), 3, 1) != ten[:3]).any()
    first = ten.argmin(axis=1)  # the one image of class 0 or 1 that the smallest index has
    assert len(set(first.tolist())) > 5


def test_sizes() -> None:
    assert check_sizes([10, 1, 3, 3]) == (1, 3, 10)
    for wrong in ([], [0, 1], [-3], list(range(1, 300))):
        with pytest.raises(InvalidSetting):
            check_sizes(wrong)
    assert sizes_of(np.array([0, 0, 0, 1]), (1, 3, 10)) == (1, 3)
    assert sizes_of(np.array([0, 1]), (3, 10)) == (1,)
