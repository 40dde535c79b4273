from __future__ import annotations

import numpy as np
import pytest

from eval.statistics.sample import ClusteredSample
from radalike.errors import UsageError


def test_codes_are_numbered_in_the_order_they_are_met() -> None:
    sample = ClusteredSample.of(
        np.zeros((5, 1)), np.array([7, 2, 7, 9, 2]), np.array([4, -1, 4, 0, -1])
    )
    assert sample.classes.tolist() == [0, 1, 0, 2, 1]
    assert sample.clusters.tolist() == [0, 1, 0, 2, 3]  # each -1 stands alone
    assert (sample.n_classes, sample.n_clusters) == (3, 4)


def test_no_queries_are_a_sample_too() -> None:
    sample = ClusteredSample.of(np.empty((0, 2)), np.array([], int), np.array([], int))
    assert (sample.n_classes, sample.n_clusters) == (0, 0)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_what_is_not_finite_is_refused_and_counted(wrong: float) -> None:
    values = np.array([[0.0, 1.0], [0.5, wrong], [wrong, wrong]])
    with pytest.raises(UsageError, match="2 of 3 queries") as error:
        ClusteredSample.of(values, np.zeros(3, int), np.arange(3))
    assert error.value.hint


@pytest.mark.parametrize(
    ("shape", "classes", "clusters"), [((3, 1), 2, 3), ((3, 1), 3, 4), ((3,), 3, 3)]
)
def test_lengths_must_agree(shape: tuple[int, ...], classes: int, clusters: int) -> None:
    with pytest.raises(UsageError, match="do not go with"):
        ClusteredSample.of(np.zeros(shape), np.zeros(classes, int), np.zeros(clusters, int))
