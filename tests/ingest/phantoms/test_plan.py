"""The plan: patients in order, kinds in turn, follow-ups of the same person."""

from __future__ import annotations

from itertools import islice, pairwise

from ingest.phantoms.exams.exam import LIVER, region_attributes
from ingest.phantoms.plan import KINDS, visits


def test_patients_come_one_after_the_other_and_their_studies_too() -> None:
    seen = [(visit.patient, visit.study) for visit in islice(visits(1, 4), 60)]
    assert seen == sorted(set(seen))
    assert seen[0] == (1, 1)
    assert {study for _, study in seen} == {1, 2}


def test_every_kind_comes_early_and_often() -> None:
    kinds = [visit.kind for visit in islice(visits(2, 4), 60)]
    assert set(kinds[:20]) == set(KINDS)
    assert min(kinds.count(kind) for kind in KINDS) >= 3


def test_a_follow_up_is_of_the_same_body_at_a_later_day() -> None:
    planned = list(islice(visits(3, 4), 80))
    again = [
        (before, after)
        for before, after in pairwise(planned)
        if (before.patient, before.kind) == (after.patient, after.kind)
    ]
    assert again
    for before, after in again:
        assert before.order.body == after.order.body
        assert before.order.visit != after.order.visit
        assert before.order.lesion == after.order.lesion
        assert str(before.attributes["StudyDate"]) < str(after.attributes["StudyDate"])


def test_lesions_are_found_in_about_half() -> None:
    orders = [visit.order for visit in islice(visits(4, 4), 120)]
    assert 0.3 < sum(order.lesion for order in orders) / len(orders) < 0.7


def test_only_women_have_breast_ultrasound() -> None:
    planned = list(islice(visits(5, 4), 120))
    examined = {visit.patient for visit in planned if visit.kind == "US breast"}
    assert {visit.order.sex for visit in planned if visit.patient in examined} == {"F"}


def test_the_region_is_told_in_three_ways() -> None:
    told = [region_attributes(LIVER, turn) for turn in range(3)]
    assert told[0] == {"BodyPartExamined": "LIVER"}
    assert told[1]["BodyPartExamined"] == "LIVER"
    assert told[1]["AnatomicRegionSequence"] == [
        {"CodeValue": "10200004", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Liver"}
    ]
    assert told[2] == {}
