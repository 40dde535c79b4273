from __future__ import annotations

import json
from dataclasses import replace

import pytest

from eval.leakage import HIGHEST, as_json, evaluate_leakage
from eval.retrieval import Question
from radalike.errors import InvalidSetting, UnknownName, UsageError
from tests.eval.circle import TRAIN, VAL, Circle, image

# q1 is i1 again, by content; q2 is 1 degree from i2, of the same patient; q3 is 1 degree from i3,
# of another; q4 is far from all.
ANGLES = {"i1": 0, "i2": 20, "i3": 40, "i4": 70, "q1": 0, "q2": 21, "q3": 41, "q4": 100}
KNOWN = {
    "i1": image("train", "a", patient="p1"),
    "i2": image("train", "a", patient="p2"),
    "i3": image("train", "b", patient="p3"),
    "i4": image("train", "b", patient="p4"),
    "q1": image("test", "a", patient="p5"),
    "q2": image("test", "a", patient="p2"),
    "q3": image("test", "a", patient="p6"),
    "q4": image("test", "b", patient="p7"),
}
LIBRARY = Circle(ANGLES, KNOWN, contents={"q1": "same", "i1": "same"})
UNNAMED = Circle(
    ANGLES,
    {name: replace(known, patient=None) for name, known in KNOWN.items()},
    contents=LIBRARY.contents,
)


def test_what_gives_queries_away() -> None:
    report = evaluate_leakage(LIBRARY, near=0.999)
    assert (report.n_queries, report.n_index) == (4, 4)
    assert (report.duplicates, report.of_another_class) == (1, 0)
    assert [(each.splits, each.contents) for each in report.shared] == [(("test", "train"), 1)]
    assert report.near_duplicates == 1  # q3; q1 is a duplicate, q2 of the same patient
    assert report.same_patient == 1
    assert report.with_patient == {"queries": 4, "index": 4}


def test_precision_side_by_side() -> None:
    effects = {each.exclude: each for each in evaluate_leakage(LIBRARY).effects}
    p1 = {exclude: each.micro["P@1"] for exclude, each in effects.items() if each.micro}
    # q1 finds i1, q2 i2, q4 i4; q3 finds i3, which is a b.
    assert p1[()] == 0.75
    assert p1["duplicates",] == 0.75  # q1 finds i2 then: an a, too
    # Without its patient, q2 finds i3 (19 degrees), not i1 (21).
    assert p1["same-patient",] == 0.5
    assert p1["same-patient", "duplicates"] == 0.5
    assert {each.n_queries for each in effects.values()} == {4}


def test_without_any_patient_the_exclusion_is_not_tested() -> None:
    report = evaluate_leakage(UNNAMED, near=0.999)
    tested = {each.exclude: each.untested for each in report.effects}
    assert tested == {
        (): "",
        ("same-patient",): "no patient is known for any image",
        ("duplicates",): "",
        ("same-patient", "duplicates"): "no patient is known for any image",
    }
    assert [each.micro is None for each in report.effects] == [False, True, False, True]
    assert report.near_duplicates == 2  # q2's patient is not known to be i2's


def test_patients_of_one_role_do_not_test_it_either() -> None:
    known = {**KNOWN, **{n: k for n, k in UNNAMED.known.items() if n.startswith("i")}}
    report = evaluate_leakage(Circle(ANGLES, known))
    assert report.effects[1].untested == "no patient is known for the index images"


def test_what_is_excluded_already_stays_excluded() -> None:
    report = evaluate_leakage(LIBRARY, Question(exclude=("duplicates",)))
    assert [each.exclude for each in report.effects] == [
        ("duplicates",),
        ("duplicates", "same-patient"),
    ]


def test_a_duplicate_of_another_class() -> None:
    contents = {"q1": "same", "i3": "same", "q4": "other", "i4": "other"}
    report = evaluate_leakage(Circle(ANGLES, KNOWN, contents=contents))
    assert (report.duplicates, report.of_another_class) == (2, 1)


def test_when_only_leaks_can_be_found_it_is_said() -> None:
    known = {"i": image("train", "a"), "j": image("train", "b"), "q": image("test", "a")}
    leaky = Circle({"i": 0, "j": 9, "q": 0}, known, contents={"i": "same", "q": "same"})
    effect = evaluate_leakage(leaky).effects[2]
    assert effect.exclude == ("duplicates",)
    assert effect.micro is None
    assert "in the index" in effect.untested


def test_the_threshold_follows_the_encoder() -> None:
    # Two queries at a right angle: a mean distance of 1, a twentieth of it is 0.05.
    angles = {**dict.fromkeys(["i1", "i2", "i3", "i4"], 180), "q1": 0, "q2": 90}
    assert evaluate_leakage(Circle(angles, KNOWN)).near == pytest.approx(0.95)
    # Of encoders that find everything similar, only the most similar are near.
    closer = {name: angle / 10 for name, angle in ANGLES.items()}
    assert evaluate_leakage(Circle(closer, KNOWN)).near > evaluate_leakage(LIBRARY).near


def test_equal_embeddings_are_all_near() -> None:
    report = evaluate_leakage(Circle(dict.fromkeys(ANGLES, 33), KNOWN))
    assert report.near == HIGHEST
    assert report.near_duplicates == 4


def test_an_index_that_holds_the_queries() -> None:
    report = evaluate_leakage(LIBRARY, Question(index=None, queries=None), near=0.999)
    assert report.duplicates == 2  # i1 and q1 of each other; none of itself
    assert report.same_patient == 2  # i2, q2
    assert report.near_duplicates == 2  # i3, q3


def test_what_cannot_be_asked() -> None:
    with pytest.raises(InvalidSetting):
        evaluate_leakage(LIBRARY, near=1.5)
    with pytest.raises(UnknownName):
        evaluate_leakage(LIBRARY, Question(relevance="lable"))
    with pytest.raises(UsageError, match="query"):
        evaluate_leakage(LIBRARY, Question(queries=VAL))
    with pytest.raises(UsageError, match="in the index"):  # as asked: nothing to compare with
        evaluate_leakage(Circle(ANGLES, {**KNOWN, **{
            name: image("test", "z") for name in ("q1", "q2", "q3", "q4")
        }}))  # fmt: skip


def test_no_image_is_named_in_the_json_and_progress_ends() -> None:
    seen: list[tuple[int, int]] = []
    report = evaluate_leakage(
        LIBRARY, Question(index=TRAIN), progress=lambda done, total: seen.append((done, total))
    )
    text = json.dumps(as_json(report), allow_nan=False)
    assert not [name for name in (*ANGLES, "p1", "p2", 'same"') if f'"{name}"' in text]
    assert seen[-1] == (20, 20)  # five searches of four images
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
