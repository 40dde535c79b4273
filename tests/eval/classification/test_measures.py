from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score

from eval.classification.measures import measure


def test_by_hand() -> None:
    # Three classes, the third without a query; one of two `b` is taken for it.
    truth = np.array([0, 0, 1, 1])
    scores = np.array([[0.9, 0.1, 0], [0.6, 0.4, 0], [0.2, 0.3, 0.5], [0.5, 0.5, 0]])
    found = measure(truth, scores)  # the last one is a tie: the first class is said
    assert found.micro["accuracy"] == 0.5
    assert found.micro["f1"] == found.micro["precision"] == found.micro["recall"] == 0.5
    assert found.macro["recall"] == found.macro["accuracy"] == pytest.approx((1 + 0) / 2)
    assert found.macro["precision"] == pytest.approx((2 / 3 + 0) / 2)
    assert found.macro["f1"] == pytest.approx((0.8 + 0) / 2)
    # a: 0.9, 0.6 above 0.2, 0.5: 4 of 4 pairs. b: 0.3, 0.5 against 0.1, 0.4: 3 of 4.
    assert found.macro["roc_auc"] == pytest.approx((1 + 0.75) / 2)


def test_with_every_class_it_is_what_the_study_s_script_computes() -> None:
    random = np.random.default_rng(0)
    truth = np.concatenate([np.arange(5), random.integers(5, size=200)])
    scores = random.dirichlet(np.ones(5), size=205) + 0.3 * np.eye(5)[truth]
    said = scores.argmax(axis=1)
    one_hot = np.eye(5)[truth]
    found = measure(truth, scores)
    for average, ours in (("micro", found.micro), ("macro", found.macro)):
        assert ours["roc_auc"] == pytest.approx(roc_auc_score(one_hot, scores, average=average))
        assert ours["f1"] == pytest.approx(f1_score(truth, said, average=average))
        assert ours["precision"] == pytest.approx(precision_score(truth, said, average=average))
        assert ours["recall"] == pytest.approx(recall_score(truth, said, average=average))


def test_the_roc_auc_of_one_class_is_not_defined() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = measure(np.array([1, 1]), np.array([[0.9, 0.1], [0.2, 0.8]]))
    assert np.isnan(found.micro["roc_auc"])
    assert np.isnan(found.macro["roc_auc"])
    assert found.macro["accuracy"] == 0.5
