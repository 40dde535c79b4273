from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_ui.evaluation.parts import Note, Plot, PlotKind, Table, Unread
from search_ui.evaluation.run_list import headline, rows_of
from search_ui.evaluation.run_view import SECTIONS, parts_of, view_of
from tests.search_ui.evaluation.stored import (
    ANN,
    COMPARE,
    EVERY,
    KNN,
    SATURATION,
    SPACE,
    failures,
    retrieval,
    run,
)


def parts(command: str, found: Any) -> list[Any]:
    return list(parts_of(run(command, found)))


def tables(command: str, found: Any) -> list[Table]:
    return [part for part in parts(command, found) if isinstance(part, Table)]


def plots(command: str, found: Any) -> list[Plot]:
    return [part for part in parts(command, found) if isinstance(part, Plot)]


def notes(command: str, found: Any) -> str:
    return "\n".join(part.text for part in parts(command, found) if isinstance(part, Note))


@pytest.mark.parametrize("command", EVERY)
def test_every_command_is_read_without_a_rest(command: str) -> None:
    shown = parts(command, EVERY[command])
    assert any(isinstance(part, Table) for part in shown)
    assert any(isinstance(part, Plot) and part.points for part in shown)
    assert not any(isinstance(part, Unread) for part in shown)
    assert headline(run(command, EVERY[command]))


def test_every_command_that_is_shown_has_an_example() -> None:
    assert set(SECTIONS) == set(EVERY)


def test_retrieval() -> None:
    metrics, by_modality = tables("retrieval", retrieval())
    assert metrics.caption == "12 queries by label among 24 images"
    assert metrics.rows == (
        ("P@1", "0.750", "0.700 to 0.800", "0.500", "0.400 to 0.600"),
        ("P@10", "", "", "", ""),
    )
    assert by_modality.rows == (("CT", "6", "1.000", "0.900"), ("Ultrasound", "6", "0.500", ""))
    first = plots("retrieval", retrieval())[0]
    assert [(point.x, point.y, point.low, point.high) for point in first.points] == [
        ("P@1", 0.75, 0.7, 0.8),
        ("P@1", 0.5, 0.4, 0.6),
    ]
    assert "bootstrap over 6 patients" in notes("retrieval", retrieval())


def test_a_run_without_intervals_or_groups_is_whole() -> None:
    found = retrieval(intervals=None, by={})
    (metrics,) = tables("retrieval", found)
    assert metrics.rows[0] == ("P@1", "0.750", "", "0.500", "")
    assert not notes("retrieval", found)


def test_what_is_not_scored_is_said() -> None:
    found = retrieval(unanswerable=3, left_out={"queries": 2, "index": 0})
    told = notes("retrieval", found)
    assert "3 queries that the index has no hit for" in told
    assert "2 of the queries, which have no value to compare" in told


def test_saturation_is_a_curve_whose_end_has_no_interval() -> None:
    (table,) = tables("saturation", SATURATION)
    assert table.rows == (
        ("1", "4", "0.400", "0.300 to 0.500", "0.300", "0.200 to 0.400"),
        ("all (up to 6)", "24", "0.800", "", "0.700", ""),
    )
    (plot,) = plots("saturation", SATURATION)
    assert plot.kind is PlotKind.CURVE
    assert [(point.x, point.series) for point in plot.points] == [
        (1.0, "micro"),
        (1.0, "macro"),
        (6.0, "micro"),
        (6.0, "macro"),
    ]


def test_classification() -> None:
    measures, by_k = tables("knn", KNN)
    assert measures.rows == (
        ("ROC-AUC", "0.900", "", "0.800", ""),
        ("Accuracy", "0.750", "0.700 to 0.800", "0.500", "0.400 to 0.600"),
    )
    assert by_k.rows == (("1", "0.600"), ("2", "0.700"))
    assert "2 neighbours voted" in notes("knn", KNN)
    assert "Ridge regression, chosen on 3 images held out" in notes("probe", EVERY["probe"])


def test_space() -> None:
    measures, classes, variance = tables("space", SPACE)
    assert measures.rows[0][:2] == ("Effective rank", "12.3")
    assert classes.rows == (("Label", "4", "24", "0.500", ""),)
    assert variance.rows == (("1", "0.500"), ("2", "0.250"))
    assert "a sample of 20 images" in notes("space", SPACE)


def test_approximate_search_against_exact() -> None:
    all_, narrow = tables("ann", ANN)
    assert all_.caption == "no filter (100 %)"
    assert narrow.caption == "modality=CT (5.0 %)"
    assert all_.rows == (
        ("ef=8", "0.8000", "-0.010", "-0.020 to +0.000", "0.50", "2.00", "3.00", "fails"),
    )
    recall, change, latency = plots("ann", ANN)
    assert [point.y for point in recall.points] == [0.8, 1.0]
    assert [(point.low, point.high) for point in change.points] == [(-0.02, 0.0)] * 2
    assert [(point.y, point.high) for point in latency.points] == [(0.5, 2.0)] * 2
    assert "Costs too much: ef=8" in notes("ann", ANN)
    assert "builds no graph" in notes("ann", ANN)


def test_failures_and_what_they_are_taken_for() -> None:
    (table,) = tables("failures", failures("label", "US/thyroid/disc 0"))
    assert table.rows == (
        ("Ultrasound, thyroid, Disc 0", "3", "6", "0.250", "", "0.800", "CT, brain, Disc 1 (50 %)"),
    )
    assert "No class fails" in notes("failures", failures())


def test_leakage() -> None:
    leakage = {
        "duplicates": 4,
        "near_duplicates": 1,
        "effects": [
            {"exclude": [], "n_queries": 12, "micro": {"P@1": 0.75}, "untested": None},
            {"exclude": ["same-patient"], "n_queries": 0, "micro": None, "untested": "unknown"},
        ],
    }
    (table,) = tables("failures", {**failures(), "leakage": leakage})
    assert table.rows == (("nothing", "12", "0.750"), ("same-patient", "0", "unknown"))


def test_differences_of_pairs() -> None:
    (table,) = tables("compare", COMPARE)
    assert table.caption == "one - two"
    assert table.rows[0] == (
        "P@1 micro",
        "0.750",
        "0.500",
        "+0.250",
        "+0.200 to +0.300",
        "0.001",
        "0.008",
        "A is better",
    )


# -- what other versions wrote -------------------------------------------------------------------


def test_an_unknown_command_is_shown_as_json() -> None:
    (part,) = parts("<b>later</b>", {"any": 1})
    assert isinstance(part, Unread)
    assert part.value == {"any": 1}


def test_what_cannot_be_read_is_shown_as_json_after_what_can() -> None:
    found = retrieval(by={"modality": "changed"})
    shown = parts("retrieval", found)
    assert isinstance(shown[1], Table)
    assert isinstance(shown[-1], Unread)
    assert "modality" in shown[-1].why
    assert shown[-1].value == found


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)


@st.composite
def changed_runs(draw: st.DrawFn) -> tuple[str, Any]:
    """A run with some value, anywhere in it, replaced or taken away."""
    command = draw(st.sampled_from(sorted(EVERY)))
    found = json.loads(json.dumps(EVERY[command]))
    place = found
    while True:
        if isinstance(place, dict):
            keys: list[Any] = sorted(place)
        else:
            keys = list(range(len(place)))
        if not keys:
            return command, draw(VALUES)
        key = draw(st.sampled_from(keys))
        inside = place[key]
        if isinstance(inside, dict | list) and inside and draw(st.booleans()):
            place = inside
            continue
        if draw(st.booleans()):
            del place[key]
        else:
            place[key] = draw(VALUES)
        return command, found


@given(changed_runs())
def test_no_shape_of_a_run_breaks_the_page(changed: tuple[str, Any]) -> None:
    command, found = changed
    stored = run(command, found)
    shown = view_of(stored).parts
    for part in shown:
        if isinstance(part, Table):
            assert all(len(row) == len(part.columns) for row in part.rows)
            assert len(set(part.columns)) == len(part.columns)
            assert set(part.numeric) <= set(part.columns)
    headline(stored)


@pytest.mark.parametrize("found", [None, [], "text", 3])
def test_a_run_that_is_no_mapping(found: Any) -> None:
    (part,) = parts("retrieval", found)
    assert isinstance(part, Unread)
    assert headline(run("retrieval", found)) == ""


# -- the list ------------------------------------------------------------------------------------


def test_rows_of_the_list() -> None:
    (row,) = rows_of([run("knn", KNN, number=12, exclude=["same-patient"])])
    assert row.cells == (
        "kNN 12",
        "2026-01-02 03:04",
        "one",
        "accuracy 0.750 (0.700 to 0.800)",
        "index all; queries all; relevance label; exclude same-patient",
        "1.2 s",
    )
