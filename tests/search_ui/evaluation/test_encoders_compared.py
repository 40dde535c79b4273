from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from search_ui.evaluation.encoders_compared import compared, questions_of, side_by_side
from search_ui.evaluation.parts import Note, Plot, Table
from tests.search_ui.evaluation.stored import retrieval, run


def test_runs_that_were_asked_the_same_are_one_question() -> None:
    runs = [
        run("retrieval", retrieval(), number=5, relevance="modality"),
        run("retrieval", retrieval(), number=4, encoder="two"),
        run("retrieval", retrieval(), number=3),
        run("retrieval", retrieval(), number=2),
        run("retrieval", {"micro": "another version"}, number=1, encoder="three"),
    ]
    first, second = questions_of(runs)
    assert [each.number for each in first.runs] == [4, 3]
    assert [each.number for each in second.runs] == [5]
    assert second.words == "index all; queries all; relevance modality"


def test_encoders_beside_each_other() -> None:
    better = retrieval(micro={"P@1": 0.9}, intervals=None)
    runs = [
        run("retrieval", better, number=4, encoder="two"),
        run("retrieval", retrieval(), number=3),
    ]
    (question,) = questions_of(runs)
    plot, table = compared(question, "micro")
    assert isinstance(plot, Plot)
    assert [(point.series, point.y, point.low) for point in plot.points] == [
        ("two", 0.9, None),
        ("one", 0.75, 0.7),
    ]
    assert isinstance(table, Table)
    assert table.rows == (("two", "0.900", "", "", ""), ("one", "0.750", "0.700 to 0.800", "", ""))


def test_two_kinds_of_vectors_of_one_encoder_are_told_apart() -> None:
    old = replace(run("retrieval", retrieval(), number=3), fingerprint="older")
    (question,) = questions_of([run("retrieval", retrieval(), number=4), old])
    _, table = compared(question, "macro")
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == ["one, run 4", "one, run 3"]


def test_two_runs_side_by_side() -> None:
    one = run("retrieval", retrieval(), number=4)
    two = run("retrieval", retrieval(micro={"P@1": 0.5}), number=3, encoder="two", given="anatomy")
    parts = list(side_by_side(one, two))
    micro = next(part for part in parts if isinstance(part, Table))
    assert micro.rows[0] == ("P@1", "0.750", "0.700 to 0.800", "0.500", "0.700 to 0.800", "+0.250")
    told = " ".join(part.text for part in parts if isinstance(part, Note))
    assert "not asked the same: given nothing and anatomy" in told
    assert "radalike eval compare" in told


@pytest.mark.parametrize("found", [{"micro": 3}, [], None])
def test_a_run_of_another_version_beside_one(found: Any) -> None:
    one = run("retrieval", retrieval(), number=4)
    parts = list(side_by_side(one, run("retrieval", found, number=3)))
    assert isinstance(parts[-1], Note)
    assert "another version" in parts[-1].text
