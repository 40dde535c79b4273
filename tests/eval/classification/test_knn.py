from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from eval.classification.knn import as_json, evaluate_knn
from radalike.errors import InvalidSetting, UnknownName, UsageError
from radalike.filters import Filter, any_of, eq
from tests.eval.circle import LIBRARY, TEST, TRAIN, Circle, image
from tests.eval.given_vectors import scattered

WITH_VALIDATION = Circle(
    {**LIBRARY.angles, "va": 41, "vb": 52, "vc": 1},
    {
        **LIBRARY.known,
        "va": image("val", "a"),  # b1 (19 away), a2 (21), b2 (39), a1 (41): right with 2, no other
        "vb": image("val", "b", modality="MR"),  # b1, b2 (28), a2 (32), a1: right with 1, 2, 3
        "vc": image("val", "c"),
    },
)


def test_votes_by_hand() -> None:
    # qa (2 degrees): a1, a2, b1, b2. qb (39): a2 (19 away), b1 (21), a1 (39), b2 (41).
    found = evaluate_knn(LIBRARY, k=1)
    assert found.outcome.micro["accuracy"] == 0.5
    assert (found.outcome.n_queries, found.outcome.n_index, found.outcome.n_classes) == (2, 4, 2)
    assert found.outcome.not_in_index == {"c": 1}  # qc, reported apart
    assert found.outcome.left_out == {"index": 1, "queries": 1}
    assert found.outcome.without_vector == {"index": 1, "queries": 0}
    assert (found.k, found.chosen_on, found.by_k) == (1, 0, ())
    # With all four each class has two votes: a is said of both.
    everyone = evaluate_knn(LIBRARY, k=100)
    assert everyone.outcome.micro["accuracy"] == 0.5
    assert everyone.outcome.macro["roc_auc"] == 0.5


def test_k_is_chosen_on_validation_images() -> None:
    found = evaluate_knn(WITH_VALIDATION)
    # vc has no class in the index. va: b, a and b a tie, b, a tie: right with 2 and 4 (a is first).
    # vb: b, b, b, a tie.
    assert found.chosen_on == 2
    assert found.by_k[:4] == (0.5, 1.0, 0.5, 0.5)
    assert found.k == 2
    assert found.outcome.n_queries == 2
    written = as_json(found)
    assert written["study_k"] == 1
    assert json.loads(json.dumps(written, allow_nan=False))["chosen_on"] == 2


def test_as_the_study_the_query_s_own_class_says_how_many_vote() -> None:
    known = {name: each for name, each in LIBRARY.known.items() if name != "b2"}
    fewer = replace(
        LIBRARY,
        known={**known, "a3": image("train", "a")},
        angles={**LIBRARY.angles, "a3": 65, "qb": 62},
    )
    # qb (62): b1, a3 (3), a2, a1. Honest, three neighbours say a. But b has one image only: one.
    assert evaluate_knn(fewer, k=3).outcome.micro["accuracy"] == 0.5
    told = evaluate_knn(fewer, k=3, as_study=True)
    assert told.outcome.micro["accuracy"] == 1.0
    assert as_json(told)["as_study"] is True


def test_votes_can_weigh_by_similarity() -> None:
    # qb: with all four votes a tie, but those of b1 and b2 together are less near than a2 and a1.
    near_b = replace(LIBRARY, angles={**LIBRARY.angles, "qb": 45})
    assert evaluate_knn(near_b, k=4).outcome.micro["accuracy"] == 0.5
    assert evaluate_knn(near_b, k=4, temperature=0.07).outcome.micro["accuracy"] == 1.0


def test_a_query_does_not_vote_for_itself() -> None:
    found = evaluate_knn(LIBRARY, index=None, queries=TRAIN, k=1)
    assert (found.overlap, found.outcome.n_queries, found.outcome.n_index) == (4, 4, 7)
    assert found.outcome.micro["accuracy"] == 0.75  # b1's nearest is b2, b2's b1, a1's qa, a2's qc
    alone = evaluate_knn(LIBRARY, index=TRAIN, queries=TRAIN, k=1)
    assert alone.outcome.micro["accuracy"] == 1.0
    assert alone.overlap == 4


def test_images_of_the_same_patient_can_be_excluded() -> None:
    known = {name: replace(each, patient=name[-1]) for name, each in LIBRARY.known.items()}
    known["qa"] = replace(known["qa"], patient="1")
    library = replace(LIBRARY, known=known)
    assert evaluate_knn(library, k=1).outcome.micro["roc_auc"] == pytest.approx(0.5)
    apart = evaluate_knn(library, k=1, exclude=["same-patient"])  # qa finds a2
    assert apart.exclude == ("same-patient",)
    assert apart.outcome.micro["accuracy"] == 0.5


def test_probabilities_are_the_votes_shares() -> None:
    library = scattered(3, sizes={"train": 60, "val": 20, "test": 25}, classes=5, spread=0.9)
    found = evaluate_knn(library, draws=50)
    outcome = found.outcome
    assert found.by_k[found.k - 1] == max(found.by_k)
    assert max(found.by_k[: found.k - 1], default=0.0) < max(found.by_k)
    assert outcome.intervals is not None
    low, high = outcome.intervals.micro["accuracy"]
    assert low <= outcome.micro["accuracy"] <= high
    assert outcome.micro["f1"] == outcome.micro["accuracy"]
    # By hand, the slow way.
    train = [i for i, each in enumerate(library.known.values()) if each.split == "train"]
    labels = [each.labels[0] for each in library.known.values()]
    right = []
    for i, each in enumerate(library.known.values()):
        if each.split == "test" and labels[i] in {labels[j] for j in train}:
            scores = library.vectors[train].astype(np.float64) @ library.vectors[i]
            nearest = [labels[train[j]] for j in np.argsort(-scores)[: found.k]]
            said = max(sorted(set(nearest)), key=nearest.count)
            right.append(said == labels[i])
    assert outcome.micro["accuracy"] == pytest.approx(np.mean(right))


def test_equal_vectors_are_in_order_of_id() -> None:
    equal = replace(LIBRARY, angles=dict.fromkeys(LIBRARY.angles, 5.0))
    assert evaluate_knn(equal, k=1).outcome.micro["accuracy"] == 0.5  # all find a1
    assert evaluate_knn(equal, k=1).outcome.macro["roc_auc"] == 0.5


@pytest.mark.parametrize(
    ("index", "queries", "relevance", "message"),
    [
        (eq("modality", "US"), TEST, "label", "no index image"),
        (TRAIN, eq("modality", "US"), "label", "no query image"),
        (TRAIN, TEST, "anatomy", "none of the 6 index images can be scored by anatomy"),
        (eq("labels", "a"), TEST, "label", "all of one label"),
        (any_of("labels", ["a", "b"]), eq("labels", "c"), "label", "none of the 1 queries"),
        (TRAIN, TEST, "any-label", "several classes"),
    ],
)
def test_nothing_to_tell_is_an_error(
    index: Filter, queries: Filter, relevance: str, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        evaluate_knn(LIBRARY, index=index, queries=queries, relevance=relevance, k=1)


def test_without_validation_images_the_way_out_is_told() -> None:
    with pytest.raises(UsageError, match="no validation image") as caught:
        evaluate_knn(LIBRARY)
    assert "--k 10" in caught.value.hint
    assert "--validation" in caught.value.hint
    with pytest.raises(UsageError, match="queries too"):
        evaluate_knn(WITH_VALIDATION, validation=TEST)
    with pytest.raises(UsageError, match="no validation image has an embedding"):
        evaluate_knn(WITH_VALIDATION, validation=eq("labels", "c"), queries=eq("labels", "a"))


def test_impossible_arguments_are_refused() -> None:
    with pytest.raises(InvalidSetting):
        evaluate_knn(LIBRARY, k=0)
    with pytest.raises(InvalidSetting):
        evaluate_knn(LIBRARY, k=1, temperature=0.0)
    with pytest.raises(UnknownName):
        evaluate_knn(LIBRARY, k=1, exclude=["same-hospital"])
    with pytest.raises(UnknownName):
        evaluate_knn(LIBRARY, k=1, relevance="pathology")
