from __future__ import annotations

import numpy as np
import pytest

from eval.metrics import NDCG, P, RPrecision
from eval.retrieval import Question, evaluate_retrieval
from radalike.errors import UnknownName, UsageError
from radalike.filters import Filter, eq
from tests.eval.circle import LIBRARY, TEST, TRAIN, VAL, Circle, image


def at(*numbers: int) -> Question:
    return Question(metrics=tuple(P(n) for n in numbers))


def test_a_report_by_hand() -> None:
    report = evaluate_retrieval(LIBRARY, at(1, 2, 3))
    assert (report.n_queries, report.n_index) == (2, 4)
    assert report.unanswerable == {"c": 1}
    assert report.left_out == {"queries": 1, "index": 1}  # q2 and both have two labels
    assert report.without_vector == {"queries": 0, "index": 1}  # unseen
    assert (report.relevance, report.encoder, report.overlap) == ("label", "circle", 0)
    # qa finds a1, a2, then b's. qb (39 degrees) finds a2 (19 away), then b1 (21), b2 (41), a1.
    # Both classes have two images with an embedding, so P@3 looks at two.
    assert list(report.micro) == ["P@1", "P@2", "P@3"]
    assert report.micro == pytest.approx({"P@1": 0.5, "P@2": 0.75, "P@3": 0.75})
    assert report.macro == pytest.approx(report.micro)
    assert report.micro_std["P@1"] == pytest.approx(np.std([1, 0], ddof=1))
    assert np.isnan(report.macro_std["P@1"])  # one query a class
    assert report.ties == {name: (value, value) for name, value in report.micro.items()}
    assert report.intervals is None


def test_the_study_s_four_metrics_are_the_default() -> None:
    assert list(evaluate_retrieval(LIBRARY, Question()).micro) == ["P@1", "P@3", "P@5", "P@10"]


def test_relevance_by_modality_keeps_images_with_several_labels() -> None:
    report = evaluate_retrieval(LIBRARY, Question(relevance="modality", metrics=(P(1),)))
    assert (report.n_queries, report.n_index) == (4, 5)
    assert report.micro == {"P@1": 0.75}
    assert (report.unanswerable, report.left_out) == ({}, {"queries": 0, "index": 0})


def test_a_query_neither_finds_nor_counts_itself() -> None:
    report = evaluate_retrieval(LIBRARY, Question(queries=TRAIN, metrics=(P(1), P(10))))
    # Each class has one other image; a1-a2 and b1-b2 are each other's nearest.
    assert report.micro == {"P@1": 1.0, "P@10": 1.0}
    assert report.overlap == 4
    alone = evaluate_retrieval(LIBRARY, Question(index=TEST, queries=None, metrics=(P(1),)))
    assert alone.n_index == 3
    assert alone.micro == {"P@1": 0.75}  # a2 is nearest to qc
    assert alone.unanswerable == {"a": 1, "b": 1, "c": 1}  # each the only one of its class


def test_the_encoder_is_passed_on_and_named() -> None:
    library = Circle(LIBRARY.angles, LIBRARY.known)
    assert evaluate_retrieval(library, Question(), encoder="other").encoder == "other"
    assert set(library.asked) == {"other"}


def test_other_metrics() -> None:
    report = evaluate_retrieval(LIBRARY, Question(metrics=(NDCG(2), RPrecision())))
    assert report.micro["R-precision"] == pytest.approx(0.75)
    assert report.micro["nDCG@2"] == pytest.approx(
        (1 + (1 / np.log2(3)) / (1 + 1 / np.log2(3))) / 2
    )
    assert report.ties == {}


PATIENTS = Circle(
    {"t1": 0, "t2": 10, "t3": 30, "q1": 1, "q2": 31},
    {
        "t1": image("train", "a", patient="p1"),
        "t2": image("train", "b", patient="p2"),
        "t3": image("train", "a", patient="p3"),
        "q1": image("test", "a", patient="p1"),
        "q2": image("test", "b", patient="p4"),
    },
)


def test_the_same_patient_can_be_left_out() -> None:
    with_ = evaluate_retrieval(PATIENTS, at(1))
    without = evaluate_retrieval(PATIENTS, Question(metrics=(P(1),), exclude=("same-patient",)))
    assert with_.micro == {"P@1": 0.5}  # q1 finds its own patient
    assert without.micro == {"P@1": 0.0}  # then t2, which is b
    assert without.exclude == ("same-patient",)


def test_the_pathology_given_the_region() -> None:
    known = {
        "t1": image("train", "a", anatomy="chest"),
        "t2": image("train", "b", anatomy="head"),
        "t3": image("train", "a", anatomy="head"),
        "q1": image("test", "a", anatomy="head"),
        "q2": image("test", "a", anatomy="knee"),
    }
    library = Circle({"t1": 0, "t2": 10, "t3": 30, "q1": 4, "q2": 5}, known)
    region = evaluate_retrieval(library, Question(relevance="anatomy", metrics=(P(1),)))
    assert region.micro == {"P@1": 0.0}  # q1 finds t1, of the chest
    anywhere = evaluate_retrieval(library, at(1))
    assert (anywhere.micro, anywhere.n_queries) == ({"P@1": 1.0}, 2)  # t1 is nearest to both
    within = evaluate_retrieval(library, Question(metrics=(P(1),), given="anatomy"))
    assert (within.micro, within.n_queries, within.given) == ({"P@1": 0.0}, 1, "anatomy")  # t2


def test_intervals_are_drawn_over_patients() -> None:
    report = evaluate_retrieval(PATIENTS, at(1), draws=200, seed=3)
    assert report.intervals is not None
    assert (report.intervals.patients, report.intervals.draws) == (2, 200)
    low, high = report.intervals.micro["P@1"]
    assert (low, high) == (0.0, 1.0)
    again = evaluate_retrieval(PATIENTS, at(1), draws=200, seed=3).intervals
    assert again == report.intervals


def test_groups_add_up() -> None:
    report = evaluate_retrieval(LIBRARY, at(1), by=["modality", "class-size", "anatomy"])
    assert {group.name: group.micro["P@1"] for group in report.by["modality"]} == {"CT": 1, "MR": 0}
    assert [(group.name, group.n_queries) for group in report.by["class-size"]] == [("1-2", 2)]
    assert [group.name for group in report.by["anatomy"]] == ["unknown"]
    for groups in report.by.values():
        assert sum(group.n_queries for group in groups) == report.n_queries


def test_ties_are_bounded() -> None:
    known = {
        "t1": image("train", "a"),
        "t2": image("train", "b"),
        "q": image("test", "b"),
    }
    report = evaluate_retrieval(Circle({"t1": 10, "t2": 10, "q": 0}, known), at(1))
    assert report.micro == {"P@1": 0.0}  # t1 comes first by its id
    assert report.ties == {"P@1": (0.0, 1.0)}


def test_all_equal_vectors_have_a_defined_answer() -> None:
    known = {f"t{n:02}": image("train", "ab"[n % 2]) for n in range(20)}
    known |= {f"q{n}": image("test", "ab"[n % 2]) for n in range(4)}
    report = evaluate_retrieval(Circle(dict.fromkeys(known, 7), known), at(1, 10))
    assert report.micro == {"P@1": 0.5, "P@10": 0.5}
    assert report.ties == {"P@1": (0.0, 1.0), "P@10": (0.0, 1.0)}


def test_one_class_is_always_right() -> None:
    known = {"t1": image("train", "a"), "t2": image("train", "a"), "q": image("test", "a")}
    report = evaluate_retrieval(Circle({"t1": 0, "t2": 5, "q": 1}, known), at(1, 10), draws=10)
    assert report.micro == {"P@1": 1.0, "P@10": 1.0}
    assert report.intervals is not None
    assert np.isnan(report.intervals.micro["P@1"]).all()  # one image says nothing of others


@pytest.mark.parametrize(
    ("index", "queries", "relevance", "message", "way_out"),
    [
        (TRAIN, VAL, "label", "no query image", "--queries"),
        (VAL, TEST, "label", "no index image", "--index"),
        (
            TRAIN,
            TEST,
            "anatomy",
            "none of the 6 index images can be scored by anatomy",
            "relevance",
        ),
        (eq("modality", "MR"), eq("modality", "CT"), "modality", "none of the 6 queries", "share"),
    ],
)
def test_nothing_to_score_is_an_error_with_a_way_out(
    index: Filter, queries: Filter, relevance: str, message: str, way_out: str
) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        evaluate_retrieval(LIBRARY, Question(index=index, queries=queries, relevance=relevance))
    assert way_out in caught.value.hint


def test_impossible_arguments_are_refused() -> None:
    with pytest.raises(UnknownName, match="relevance 'labels'"):
        evaluate_retrieval(LIBRARY, Question(relevance="labels"))
    with pytest.raises(UnknownName, match="grouping 'modaltiy'"):
        evaluate_retrieval(LIBRARY, Question(), by=["modaltiy"])
    with pytest.raises(UnknownName, match="exclusion"):
        evaluate_retrieval(LIBRARY, Question(exclude=("me",)))
    with pytest.raises(UsageError):
        Question(metrics=())
