from __future__ import annotations

import json
import math
from collections.abc import Mapping

import pytest

from eval.failures import FailuresReport, as_json, evaluate_failures
from eval.retrieval import Question
from radalike.errors import InvalidSetting, UnknownName, UsageError
from radalike.filters import eq
from tests.eval.circle import TEST, TRAIN, VAL, Circle, image

COS = math.cos

# Queries of `a` lie where `b` is, one of them nearer to an `a`; those of `b` find `b`.
ANGLES = {
    "index-a1": 0,
    "index-a2": 10,
    "index-b1": 50,
    "index-b2": 60,
    "index-c1": 90,
    "query-a1": 48,
    "query-a2": 49,
    "query-a3": 88,
    "query-a4": 12,
    "query-b1": 55,
    "query-d1": 20,
}
KNOWN = {
    name: image("train" if name.startswith("index") else "test", name.split("-")[1][0])
    for name in ANGLES
}
LIBRARY = Circle(ANGLES, KNOWN)


def found(below: float = 0.3, **options: object) -> FailuresReport:
    return evaluate_failures(LIBRARY, below=below, **options)  # type: ignore[arg-type]


def test_a_failing_class_by_hand() -> None:
    report = found()
    assert (report.n_queries, report.n_index, report.n_classes) == (5, 5, 2)
    assert report.unanswerable == {"d": 1}
    (failing,) = report.failing
    assert (failing.name, failing.n_queries, failing.n_index) == ("a", 4, 2)
    assert failing.precision == 0.25
    assert [(each.name, each.share) for each in failing.confusions] == [("b", 0.5), ("c", 0.25)]
    assert failing.similarity_of_hits == pytest.approx(COS(math.radians(2)), abs=1e-6)
    degrees = (2, 1, 2)
    expected = sum(COS(math.radians(each)) for each in degrees) / 3
    assert failing.similarity_of_misses == pytest.approx(expected, abs=1e-6)


def test_examples_are_queries_that_miss_with_what_they_find() -> None:
    (failing,) = found(results=3).failing
    assert [each.query for each in failing.examples] == ["query-a1", "query-a2", "query-a3"]
    first = failing.examples[0].neighbours
    assert [(n.id, n.name, n.is_hit) for n in first] == [
        ("index-b1", "b", False),
        ("index-b2", "b", False),
        ("index-a2", "a", True),
    ]
    assert first[0].similarity == pytest.approx(COS(math.radians(2)), abs=1e-6)


def test_examples_are_drawn_with_the_seed() -> None:
    drawn = {found(examples=1, seed=seed).failing[0].examples[0].query for seed in range(20)}
    assert drawn == {"query-a1", "query-a2", "query-a3"}
    assert found(examples=2, seed=7) == found(examples=2, seed=7)
    assert found(examples=0).failing[0].examples == ()


def test_a_short_index_gives_short_examples() -> None:
    report = evaluate_failures(LIBRARY, Question(index=eq("labels", "a")), results=9)
    assert report.failing == ()  # all that there is to find is a hit
    short = Circle({"a": 0, "b": 50, "q": 48}, {
        "a": image("train", "a"), "b": image("train", "b"), "q": image("test", "a")
    })  # fmt: skip
    (failing,) = evaluate_failures(short, results=9).failing
    assert [n.id for n in failing.examples[0].neighbours] == ["b", "a"]
    assert math.isnan(failing.similarity_of_hits)


def test_the_worst_class_is_first_and_below_is_strict() -> None:
    assert [each.name for each in found(below=1).failing] == ["a"]
    assert found(below=0.25).failing == ()
    known = {**KNOWN, "query-b1": image("test", "c")}
    report = evaluate_failures(Circle(ANGLES, known), below=0.5)
    assert [(each.name, each.precision) for each in report.failing] == [("c", 0), ("a", 0.25)]


def test_the_order_of_what_is_streamed_does_not_matter() -> None:
    backwards = Circle(dict(reversed(ANGLES.items())), dict(reversed(KNOWN.items())), chunk=3)
    assert evaluate_failures(backwards) == found()


def test_the_region_given_and_other_relevance() -> None:
    by_modality = evaluate_failures(LIBRARY, Question(relevance="modality"))
    assert by_modality.failing == ()
    given = evaluate_failures(LIBRARY, Question(given="modality"))
    assert given.failing == found().failing


def test_sets_of_labels_are_named_in_one_line() -> None:
    known = {**KNOWN, "query-a1": image("test", "e", "a")}
    report = evaluate_failures(Circle(ANGLES, known), Question(relevance="any-label"))
    assert "a + e" in [each.name for each in report.failing]


def test_equal_embeddings_are_found_in_order_of_id() -> None:
    (failing,) = evaluate_failures(Circle(dict.fromkeys(ANGLES, 5), KNOWN)).failing
    assert failing.name == "b"
    assert failing.confusions[0].name == "a"
    assert failing.examples[0].neighbours[0].id == "index-a1"


def test_what_cannot_be_asked() -> None:
    for below in (0, -1, 1.5, float("nan")):
        with pytest.raises(InvalidSetting):
            found(below=below)
    with pytest.raises(InvalidSetting):
        found(results=0)
    with pytest.raises(UsageError, match="patient"):
        evaluate_failures(LIBRARY, Question(relevance="patient"))
    with pytest.raises(UnknownName):
        evaluate_failures(LIBRARY, Question(relevance="lable"))
    with pytest.raises(UsageError, match="query"):
        evaluate_failures(LIBRARY, Question(index=TRAIN, queries=VAL))
    with pytest.raises(UsageError):
        evaluate_failures(
            Circle(ANGLES, dict.fromkeys(ANGLES, image("train"))),
            Question(index=None, queries=None),
        )


def test_queries_that_are_in_the_index_do_not_find_themselves() -> None:
    report = evaluate_failures(LIBRARY, Question(index=None, queries=TEST), below=1)
    assert {each.name for each in report.failing} >= {"a"}
    for failing in report.failing:
        for example in failing.examples:
            assert example.query not in [n.id for n in example.neighbours]


def test_json_names_images_on_request_only() -> None:
    def images(written: Mapping[str, object]) -> list[str]:
        return [name for name in ANGLES if name in json.dumps(written, allow_nan=False)]

    assert images(as_json(found())) == []
    assert "query-a1" in images(as_json(found(), ids=True))
    assert as_json(found())["failing"][0]["P@1"] == 0.25  # type: ignore[index]
