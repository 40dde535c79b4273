from __future__ import annotations

import numpy as np
import pytest

from eval.exact_neighbours import ExactSearch
from eval.metrics import Judged, P, summarise
from radalike.adaptation.precision import macro_precision
from tests.radalike.adaptation.clouds import clouds, unit


def test_by_hand() -> None:
    gallery = unit([1, 0], [0.9, 0.1], [0, 1])
    queries = unit([1, 0.05], [0.1, 1])
    # The first finds 0 0 1 and is a 0; the second finds 1 0 0 and is a 0 too.
    found = macro_precision(gallery, np.array([0, 0, 1]), queries, np.array([0, 0]), (1, 2))
    assert found == [0.5, pytest.approx(0.75)]


def test_n_is_no_more_than_the_class_has_and_classes_count_alike() -> None:
    gallery = unit([1, 0], [0, 1], [-1, 0])
    queries = unit([1, 0], [1, 0.1], [0, 1])
    found = macro_precision(gallery, np.array([0, 1, 2]), queries, np.array([0, 0, 2]), (1, 10))
    assert found == [0.5, 0.5]


def test_a_class_that_the_gallery_lacks_is_left_out() -> None:
    gallery, queries = unit([1, 0], [0, 1]), unit([1, 0], [1, 0])
    assert macro_precision(gallery, np.array([0, 0]), queries, np.array([0, 3]), (1,)) == [1.0]
    assert np.isnan(macro_precision(gallery, np.array([0, 0]), queries, np.array([3, 3]), (1,)))


def test_it_is_what_the_evaluation_measures() -> None:
    gallery, queries = clouds(30, noise=1.0), clouds(11, noise=1.0, seed=5)
    search = ExactSearch(queries.vectors, 10)
    search.take_in(np.arange(90), gallery.vectors)
    hits = gallery.classes[search.best.rows] == queries.classes[:, None]
    judged = Judged(hits, np.bincount(gallery.classes)[queries.classes])
    values = np.stack([P(1).of(judged), P(10).of(judged)], axis=1)
    expected = [summary.macro for summary in summarise(values, queries.classes)]
    found = macro_precision(
        gallery.vectors, gallery.classes, queries.vectors, queries.classes, (1, 10)
    )
    assert found == pytest.approx(expected)
