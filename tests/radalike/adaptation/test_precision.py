from __future__ import annotations

import numpy as np
import pytest

from eval.exact_search import search_exact
from eval.metrics import P, measure
from radalike.adaptation.precision import macro_precision
from radalike.embeddings.parts import EmbeddingChunk
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
    ids = tuple(f"{row:03}" for row in range(90))
    near = search_exact([EmbeddingChunk(ids, gallery.vectors)], queries.vectors, 10)
    neighbours = gallery.classes[near.ids.astype(np.int64)]
    sizes = np.bincount(gallery.classes)[queries.classes]
    measured = measure((P(1), P(10)), neighbours, queries.classes, sizes)
    found = macro_precision(
        gallery.vectors, gallery.classes, queries.vectors, queries.classes, (1, 10)
    )
    assert found == pytest.approx([each.macro for each in measured.summaries.values()])
