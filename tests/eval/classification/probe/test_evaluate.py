from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.classification.probe import linear_layer
from eval.classification.probe.evaluate import METHODS, as_json, evaluate_probe
from eval.saved_state import KeptWork
from radalike.errors import UnknownName, UsageError
from radalike.filters import Filter, eq
from tests.eval.circle import LIBRARY, TEST, TRAIN, VAL
from tests.eval.given_vectors import scattered

SPLITS = {"train": 120, "val": 30, "test": 40}


@pytest.mark.parametrize("method", METHODS)
def test_separate_classes_are_told_apart(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear_layer, "BATCH", 4)  # few images, many steps
    library = scattered(1, sizes=SPLITS, spread=0.05)
    with KeptWork(tmp_path) as kept:
        found = evaluate_probe(library, method=method, draws=20, resume_in=kept)
    assert found.outcome.micro["accuracy"] == 1.0
    assert found.outcome.macro["roc_auc"] == 1.0
    assert (found.outcome.n_queries, found.outcome.n_index) == (40, 120)
    assert (found.n_validation, found.held_out, found.taken_out) == (30, False, 0)
    assert found.memory == 190 * 6 * 4
    assert found.outcome.intervals is not None
    assert found.outcome.intervals.micro["accuracy"] == (1.0, 1.0)
    written = json.loads(json.dumps(as_json(found), allow_nan=False))
    assert written["method"] == method
    assert written["chosen"]["validation_accuracy"] == 1.0
    assert "i0" not in json.dumps(written)  # names no image
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("method", METHODS)
def test_the_same_again_is_the_same(method: str) -> None:
    library = scattered(1, sizes={"train": 120, "test": 40}, spread=0.8, patients=30)
    found = evaluate_probe(library, method=method, seed=4)
    assert as_json(found) == as_json(evaluate_probe(library, method=method, seed=4))
    assert found.held_out
    assert found.outcome.n_index + found.n_validation == 120


def test_queries_of_classes_that_are_not_learnt_are_apart() -> None:
    library = scattered(2, sizes=SPLITS, classes=4)
    found = evaluate_probe(library, index=eq("split", "val"), validation=TRAIN, method="ridge")
    assert found.outcome.not_in_index == {}
    fewer = {
        name: each
        for name, each in library.known.items()
        if each.split == "test" or each.labels != ("class 3",)
    }
    kept = [name in fewer for name in library.known]
    without = type(library)(fewer, library.vectors[kept])
    told = evaluate_probe(without, method="ridge")
    assert list(told.outcome.not_in_index) == ["class 3"]
    assert told.outcome.n_queries + told.outcome.not_in_index["class 3"] == 40
    assert told.outcome.n_classes == 3


@pytest.mark.parametrize("method", METHODS)
def test_a_class_with_one_image_is_learnt_all_the_same(method: str) -> None:
    # Held out, one of a1 and a2, or b1 and b2, is enough; a class is never lost.
    found = evaluate_probe(LIBRARY, method=method)
    assert found.outcome.n_classes == 2
    assert found.outcome.n_queries == 2
    assert found.outcome.without_vector == {"queries": 0, "index": 1}
    assert (found.n_validation, found.outcome.n_index) == (1, 3)


@pytest.mark.parametrize(
    ("index", "queries", "validation", "message"),
    [
        (eq("modality", "US"), TEST, None, "no index image"),
        (TRAIN, eq("modality", "US"), None, "no query image"),
        (TRAIN, TEST, VAL, "no validation image"),
        (eq("labels", "a"), TEST, None, "all of one label"),
        (TRAIN, eq("labels", "c"), None, "none of the 1 queries"),
        (TRAIN, TRAIN, None, "not tested as well"),
    ],
)
def test_nothing_to_learn_is_an_error(
    index: Filter, queries: Filter, validation: Filter | None, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        evaluate_probe(LIBRARY, index=index, queries=queries, validation=validation, method="ridge")


def test_impossible_arguments_are_refused() -> None:
    with pytest.raises(UnknownName, match="ridge"):
        evaluate_probe(LIBRARY, method="ridg")
    with pytest.raises(UsageError, match="several classes"):
        evaluate_probe(LIBRARY, relevance="any-label")
    with pytest.raises(UnknownName):
        evaluate_probe(LIBRARY, exclude=["same-hospital"])
