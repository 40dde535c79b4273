"""Paired comparisons, on images on a circle that two encoders place differently."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest

from eval.comparing import (
    Column,
    ComparisonReport,
    Side,
    as_json,
    check_sides,
    compare_columns,
    compare_sides,
)
from eval.metrics import P
from eval.retrieval import Question, score
from eval.statistics.holm import holm
from radalike.embeddings.parts import EmbeddingChunk
from radalike.errors import UnknownName, UsageError
from radalike.filters import Filter
from radalike.records import ImageRecord, Metadata
from tests.eval.circle import Circle, image


@dataclass(frozen=True)
class Circles:
    """The same images, placed by several encoders."""

    angles: Mapping[str, Mapping[str, float]]
    known: Mapping[str, Metadata]
    encoder_id: str = "right"

    def embeddings(
        self, condition: Filter | None = None, /, *, encoder: str | None = None
    ) -> Iterator[EmbeddingChunk]:
        return Circle(self.angles[encoder or self.encoder_id], self.known).embeddings(condition)

    def records(self, condition: Filter | None = None, /) -> Iterator[ImageRecord]:
        return Circle({}, self.known).records(condition)


def circles(patients: Mapping[str, str | None]) -> Circles:
    """Two classes, a at 0 and b at 90 degrees. `right` places each query at its own class, `wrong`
    at the other, but for the query `both`, of which they agree."""
    queries = {name: "a" if name < "qm" else "b" for name in patients}
    right = {name: 0.0 if label == "a" else 90.0 for name, label in queries.items()}
    index = {"a1": 0.0, "b1": 90.0}
    wrong = {name: at if name.endswith("both") else 90 - at for name, at in right.items()}
    known = {"a1": image("train", "a", patient="p-a"), "b1": image("train", "b", patient="p-b")}
    known |= {name: image("test", label, patient=patients[name]) for name, label in queries.items()}
    return Circles({"right": {**index, **right}, "wrong": {**index, **wrong}}, known)


QUESTION = Question(metrics=(P(1),))
FOUR = circles({"qa1": "1", "qa2": "2", "qaboth": "3", "qn1": "4"})


def compared(library: Circles, *names: str, draws: int = 0, **options: int) -> ComparisonReport:
    sides = [Side.parse(name) for name in names or ("right", "wrong")]
    return compare_sides(library, QUESTION, sides, draws=draws, **options)


def test_a_comparison_by_hand() -> None:
    report = compared(FOUR)
    (pair,) = report.pairs
    assert (pair.queries, pair.classes, pair.patients, pair.without_patient) == (4, 2, 4, 0)
    micro, macro = report.differences
    assert (micro.name, macro.name) == ("micro P@1", "macro P@1")
    # Of the queries of a, `wrong` finds one in three; of b none.
    assert (micro.of_a, micro.of_b, micro.difference) == pytest.approx((1, 1 / 4, 3 / 4))
    assert (macro.of_a, macro.of_b, macro.difference) == pytest.approx((1, 1 / 6, 5 / 6))
    # Three patients differ: 4 patterns of signs that are not each other's opposite, of which the
    # one that is seen is the farthest from 0.
    assert (micro.p, macro.p) == pytest.approx((1 / 4, 1 / 4))
    assert (pair.exact, pair.flips) == (True, 4)
    assert (micro.corrected, macro.corrected) == pytest.approx((1 / 2, 1 / 2))
    assert micro.verdict == "no difference shown"


def test_images_of_one_patient_are_one_case() -> None:
    library = circles({"qa1": "1", "qa2": "1", "qaboth": "3", "qn1": "1"})
    assert compared(library).pairs[0].patients == 2
    assert [each.p for each in compared(library).differences] == [1, 1]
    alone = compared(circles({"qa1": None, "qa2": "2", "qn1": None}))
    assert (alone.pairs[0].patients, alone.pairs[0].without_patient) == (3, 2)
    assert any("2 queries have no known patient" in each for each in alone.pairs[0].remarks())


def test_enough_patients_show_which_is_better() -> None:
    library = circles({f"qa{n}": str(n) for n in range(8)})
    forth, back = compared(library), compared(library, "wrong", "right")
    assert [each.verdict for each in forth.differences] == ["right is better"] * 2
    assert [each.verdict for each in back.differences] == ["right is better"] * 2
    assert [each.difference for each in back.differences] == [-1, -1]
    assert forth.differences[0].p == pytest.approx(1 / 2**7)


def test_the_interval_holds_the_difference_and_one_seed_gives_one_answer() -> None:
    report = compared(FOUR, draws=200, seed=3)
    for each in report.differences:
        assert 0 <= each.low <= each.difference <= each.high <= 1
        assert each.low < each.high
    assert report == compared(FOUR, draws=200, seed=3)
    assert all(np.isnan(each.low) for each in compared(FOUR).differences)


def test_queries_are_matched_by_id_and_those_of_one_side_are_said() -> None:
    angles = {name: dict(at) for name, at in FOUR.angles.items()}
    del angles["right"]["qa1"]
    report = compared(replace(FOUR, angles=angles))
    (pair,) = report.pairs
    assert (pair.queries, pair.only_a, pair.only_b) == (3, 0, 1)
    assert report.differences[0].of_b == pytest.approx(1 / 3)
    assert list(pair.remarks()) == ["Left out: 1 queries that only wrong could score."]


def test_two_settings_of_one_encoder() -> None:
    """The only image of its class is of the query's patient: without it there is no answer."""
    known = {**FOUR.known, "qa1": image("test", "a", patient="p-a")}
    report = compared(replace(FOUR, known=known), "right", "right,same-patient")
    (pair,) = report.pairs
    assert (pair.b, pair.queries, pair.only_a) == ("right,same-patient", 3, 1)
    assert [each.difference for each in report.differences] == [0, 0]
    assert [each.p for each in report.differences] == [1, 1]


def test_all_pairs_are_corrected_together() -> None:
    angles = {**FOUR.angles, "again": FOUR.angles["right"]}
    report = compared(replace(FOUR, angles=angles), "right", "wrong", "again")
    assert [(p.a, p.b) for p in report.pairs] == [
        ("right", "wrong"),
        ("right", "again"),
        ("wrong", "again"),
    ]
    corrected = [each.corrected for each in report.differences]
    assert corrected == pytest.approx(holm([each.p for each in report.differences]).tolist())
    assert len(report.of(report.pairs[1])) == 2


def test_as_json_names_no_image() -> None:
    written = json.dumps(as_json(compared(FOUR)), allow_nan=False)
    assert json.loads(written)["differences"][0]["low"] is None
    assert not any(name in written for name in FOUR.known)


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("one", Side("one")),
        ("one,same-patient", Side("one", ("same-patient",))),
        ("hf:a/b, same-study,duplicates", Side("hf:a/b", ("same-study", "duplicates"))),
    ],
)
def test_a_side_as_it_is_written(text: str, side: Side) -> None:
    assert Side.parse(text) == side
    assert Side.parse(str(side)) == side


def test_what_cannot_be_compared() -> None:
    with pytest.raises(UsageError, match="right alone cannot be compared") as caught:
        compared(FOUR, "right")
    assert "radalike encode" in caught.value.hint
    with pytest.raises(UsageError, match="nothing to compare"):
        check_sides([])
    with pytest.raises(UsageError, match="right is named twice"):
        compared(FOUR, "right", "wrong", "right")
    with pytest.raises(UnknownName, match="same-patient"):
        compared(FOUR, "right", "right,same-patiens")


def test_no_query_in_common() -> None:
    of_right = Column.of(score(FOUR, QUESTION))
    none = replace(of_right, ids=np.char.add(of_right.ids, b"x"))
    with pytest.raises(UsageError, match="no query in common"):
        compare_columns({"right": of_right, "other": none})
