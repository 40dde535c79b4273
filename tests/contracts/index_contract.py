"""What every index backend must do (radalike/index/backend.py, in prose).

Subclass it where two fixtures give an open index of SPEC: `index` is new and empty for each test,
`filled` holds POINTS and is only read, so that all tests may share one.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from radalike.errors import InvalidVector
from radalike.filters import (
    And,
    Filter,
    all_of,
    any_of,
    between,
    eq,
    has_id,
    is_empty,
    matches,
    not_,
)
from radalike.index.backend import Index, IndexSpec, Points, Tuning
from radalike.records import PAYLOAD_FIELDS, Hit, Payload, Vectors
from radalike.vectors import normalised

DIMENSION = 4
SPEC = IndexSpec(DIMENSION, "f" * 16)
HALF_PRECISION = 2e-3
"""Engines that store float16 may give a score this far from the exact one."""


def point_id(number: int) -> str:
    """Ids that rise with `number`."""
    return str(uuid.UUID(int=number + 1))


IDS = [point_id(number) for number in range(8)]
VECTORS: Vectors = normalised(
    np.array(
        [
            [1, 0, 0, 0],
            [1, 0.5, 0, 0],
            [1, 1, 0, 0],
            [0, 1, 0, 0],
            [0, 1, 1, 0],
            [0, 0, 1, 0],
            [0, 0, 1, 1],
            [-1, 0, 0, 0],
        ],
        dtype=np.float32,
    )
)
PAYLOADS: list[Payload] = [
    {"modality": "CT", "anatomy": "chest", "labels": ["mass", "effusion"], "age": 60, "sex": "F"},
    {"modality": "CT", "anatomy": "chest", "labels": ["mass"], "age": 30, "patient": "p1"},
    {"modality": "MR", "anatomy": "brain", "labels": ["normal"], "age": 0, "patient": "p1"},
    {"modality": "CT", "anatomy": "brain", "age": 90, "dataset": "größer & schöner"},
    {"modality": "US", "labels": ["mass"], "year": 2024, "split": "train"},
    {"modality": "US", "age": 45, "view": "axial", "laterality": "L", "organ": "liver"},
    {"study": "s", "series": "t"},
    {},
]
POINTS = Points(IDS, VECTORS, PAYLOADS)
QUERY: Vectors = normalised(np.array([[1, 0.1, 0.01, 0]], dtype=np.float32))[0]

FILTERS: dict[str, Filter] = {
    "eq": eq("modality", "CT"),
    "eq of one of many values": eq("labels", "mass"),
    "eq of a number": eq("age", 45),
    "eq of zero": eq("age", 0),
    "eq of what nothing has": eq("organ", "spleen"),
    "eq of any text": eq("dataset", "größer & schöner"),
    "any_of": any_of("modality", ["MR", "US"]),
    "any_of with many values": any_of("labels", ["normal", "effusion"]),
    "any_of numbers": any_of("age", [0, 90, 7]),
    "any_of nothing": any_of("modality", []),
    "range": between("age", 30, 60),
    "range from": between("age", at_least=45),
    "range to": between("year", at_most=2024),
    "range open at both ends": between("age"),
    "range turned round": between("age", 60, 30),
    "has_id": has_id([IDS[1], IDS[5], point_id(99)]),
    "has_id of none": has_id([]),
    "is_empty": is_empty("labels"),
    "is_empty of a number": is_empty("age"),
    "not": not_(eq("modality", "CT")),
    "not has_id": not_(has_id([IDS[0]])),
    "not any_of nothing": not_(any_of("modality", [])),
    "not not": not_(not_(eq("labels", "mass"))),
    "and": And((eq("modality", "CT"), between("age", at_most=60), not_(eq("sex", "F")))),
    "not and": not_(And((eq("modality", "CT"), eq("labels", "mass")))),
    "and of and": And((And((is_empty("organ"), eq("labels", "mass"))), not_(is_empty("age")))),
}


def passing(condition: Filter) -> set[str]:
    return {
        point
        for point, payload in zip(IDS, PAYLOADS, strict=True)
        if matches(condition, point, payload)
    }


def ids(hits: Sequence[Hit]) -> list[str]:
    return [hit.id for hit in hits]


def scrolled(index: Index, condition: Filter | None = None, page: int = 256) -> Points:
    """All pages as one."""
    pages = list(index.scroll(condition, page))
    assert all(len(each.ids) <= page for each in pages)
    assert all(len(each.ids) == len(each.vectors) == len(each.payloads) for each in pages)
    return Points(
        [point for each in pages for point in each.ids],
        np.concatenate([np.empty((0, DIMENSION), np.float32), *[each.vectors for each in pages]]),
        [payload for each in pages for payload in each.payloads],
    )


class IndexContract:
    @pytest.fixture
    def written(self, index: Index) -> Index:
        """An index of POINTS that a test may write to."""
        index.upsert(POINTS)
        return index

    # -- queries -------------------------------------------------------------------------------

    def test_hits_come_by_falling_cosine(self, filled: Index) -> None:
        hits = filled.query(QUERY, len(IDS))
        cosines = VECTORS @ QUERY
        assert ids(hits) == [IDS[row] for row in np.argsort(-cosines, kind="stable")]
        assert all(isinstance(hit.score, float) for hit in hits)
        np.testing.assert_allclose(
            [hit.score for hit in hits], np.sort(cosines)[::-1], atol=HALF_PRECISION
        )
        assert hits[-1].score == pytest.approx(-QUERY[0], abs=HALF_PRECISION)

    def test_hits_carry_their_payload(self, filled: Index) -> None:
        for hit in filled.query(QUERY, len(IDS)):
            assert dict(hit.payload) == PAYLOADS[IDS.index(hit.id)]

    @pytest.mark.parametrize("limit", [1, 3, 8, 50])
    def test_the_limit(self, limit: int, filled: Index) -> None:
        every = ids(filled.query(QUERY, 8))
        assert ids(filled.query(QUERY, limit)) == every[:limit]

    def test_an_empty_index_has_no_answers(self, index: Index) -> None:
        assert index.query(QUERY, 5) == ()
        assert index.query_batch(VECTORS[:3], 5, eq("modality", "CT")) == [(), (), ()]
        assert index.count() == 0
        assert index.facet("modality") == {}
        assert list(scrolled(index).ids) == []
        assert index.info().points == 0

    def test_a_batch_is_its_queries(self, filled: Index) -> None:
        for condition in (None, eq("modality", "CT")):
            batch = filled.query_batch(VECTORS, 4, condition)
            assert [ids(hits) for hits in batch] == [
                ids(filled.query(vector, 4, condition)) for vector in VECTORS
            ]
        assert filled.query_batch(VECTORS[:0], 4) == []

    def test_ties_go_by_id_and_are_cut_by_id(self, index: Index) -> None:
        """Five points with one vector, written in falling order of their ids."""
        same = [point_id(number) for number in (40, 30, 20, 10, 9)]
        index.upsert(Points(same, VECTORS[[3] * 5], [{}] * 5))
        index.upsert(Points([point_id(0)], VECTORS[[2]], [{}]))
        expected = [*sorted(same), point_id(0)]
        for limit in range(1, 7):
            assert ids(index.query(VECTORS[3], limit)) == expected[:limit]

    def test_many_ties_are_cut_by_id_too(self, index: Index) -> None:
        """More equal scores than any engine fetches at first."""
        same = [point_id(number) for number in range(300)]
        order = np.random.default_rng(0).permutation(300)
        shuffled = [same[row] for row in order]
        index.upsert(Points(shuffled, VECTORS[[3] * 300], [{}] * 300))
        assert ids(index.query(VECTORS[3], 10)) == same[:10]

    @pytest.mark.parametrize(
        "tuning", [Tuning(), Tuning(ef=300), Tuning(ef=1), Tuning(oversampling=3.0, rescore=True)]
    )
    def test_tuned_it_is_the_same_points(self, tuning: Tuning, filled: Index) -> None:
        """Of so few, even the narrowest search finds all."""
        tuned = filled.tuned(tuning)
        assert tuned.name == filled.name
        for condition in (None, eq("modality", "CT"), between("age", 30, 60)):
            assert tuned.query(QUERY, 8, condition) == filled.query(QUERY, 8, condition)

    def test_tuned_it_sees_what_is_written_later(self, written: Index) -> None:
        tuned = written.tuned(Tuning(ef=64))
        written.upsert(Points([point_id(50)], QUERY[None, :], [{}]))
        assert ids(tuned.query(QUERY, 1)) == [point_id(50)]
        tuned.delete([point_id(50)])
        assert written.count() == 8

    # -- filters -------------------------------------------------------------------------------

    @pytest.mark.parametrize("name", FILTERS)
    def test_filters_mean_what_matches_says(self, name: str, filled: Index) -> None:
        condition = FILTERS[name]
        expected = passing(condition)
        order = ids(filled.query(QUERY, len(IDS)))
        wanted = [point for point in order if point in expected]
        assert ids(filled.query(QUERY, len(IDS), condition)) == wanted
        assert ids(filled.query(QUERY, 1, condition)) == wanted[:1]
        assert filled.count(condition) == len(expected)
        assert set(scrolled(filled, condition, 2).ids) == expected

    def test_a_filter_is_applied_before_the_limit(self, filled: Index) -> None:
        assert ids(filled.query(QUERY, 1, eq("study", "s"))) == [IDS[6]]

    def test_every_payload_field_can_be_filtered_by(self, index: Index) -> None:
        values: dict[str, Any] = dict.fromkeys(PAYLOAD_FIELDS, "x")
        values |= {"labels": ["x", "y"], "age": 7, "year": 1999}
        names = list(PAYLOAD_FIELDS)
        points = [point_id(number) for number in range(len(names))]
        vectors = VECTORS[[0] * len(names)]
        index.upsert(Points(points, vectors, [{name: values[name]} for name in names]))
        for point, name in zip(points, names, strict=True):
            value = values[name][1] if name == "labels" else values[name]
            assert ids(index.query(QUERY, 20, eq(name, value))) == [point]
            others = [other for other in points if other != point]
            assert ids(index.query(QUERY, 20, is_empty(name))) == others

    # -- counting and reading ------------------------------------------------------------------

    def test_facets_count_values_most_frequent_first(self, filled: Index) -> None:
        modalities = filled.facet("modality")
        assert list(modalities.items()) == [("CT", 3), ("US", 2), ("MR", 1)]
        labels = filled.facet("labels")
        assert list(labels.items()) == [("mass", 3), ("effusion", 1), ("normal", 1)]
        assert filled.facet("labels", eq("modality", "CT")) == {"mass": 2, "effusion": 1}
        assert filled.facet("labels", eq("modality", "XR")) == {}
        condition = all_of(eq("modality", "CT"), not_(eq("sex", "F")))
        assert list(filled.facet("anatomy", condition).items()) == [("brain", 1), ("chest", 1)]

    def test_a_value_that_a_point_has_twice_counts_once(self, index: Index) -> None:
        index.upsert(Points(IDS[:1], VECTORS[:1], [{"labels": ["mass", "mass"]}]))
        assert index.facet("labels") == {"mass": 1}

    def test_counts(self, filled: Index) -> None:
        assert filled.count() == 8
        assert filled.count(eq("modality", "CT")) == 3

    @pytest.mark.parametrize("page", [1, 3, 8, 256])
    def test_scrolling_gives_every_point_once(self, page: int, filled: Index) -> None:
        points = scrolled(filled, page=page)
        assert sorted(points.ids) == IDS
        rows = [IDS.index(point) for point in points.ids]
        np.testing.assert_allclose(points.vectors, VECTORS[rows], atol=1e-3)
        assert [dict(payload) for payload in points.payloads] == [PAYLOADS[row] for row in rows]

    def test_retrieving_keeps_the_order_that_was_asked_for(self, filled: Index) -> None:
        wanted = [IDS[5], point_id(99), IDS[0], IDS[3]]
        points = filled.retrieve(wanted)
        assert list(points.ids) == [IDS[5], IDS[0], IDS[3]]
        assert points.vectors.dtype == np.float32
        np.testing.assert_allclose(points.vectors, VECTORS[[5, 0, 3]], atol=1e-3)
        assert [dict(each) for each in points.payloads] == [PAYLOADS[row] for row in (5, 0, 3)]

    def test_retrieving_nothing(self, filled: Index) -> None:
        for wanted in ([], [point_id(99)]):
            points = filled.retrieve(wanted)
            assert list(points.ids) == []
            assert points.vectors.shape == (0, DIMENSION)

    # -- writing -------------------------------------------------------------------------------

    def test_what_is_upserted_is_found_at_once(self, written: Index) -> None:
        new = Points([point_id(50)], QUERY[None, :], [{"modality": "XR"}])
        written.upsert(new)
        assert ids(written.query(QUERY, 1)) == [point_id(50)]
        assert written.count(eq("modality", "XR")) == 1
        assert written.facet("modality")["XR"] == 1

    def test_upserting_again_replaces_vector_and_payload(self, written: Index) -> None:
        written.upsert(Points([IDS[0]], VECTORS[[5]], [{"modality": "US"}]))
        assert written.count() == 8
        replaced = written.retrieve([IDS[0]])
        assert dict(replaced.payloads[0]) == {"modality": "US"}
        np.testing.assert_allclose(replaced.vectors, VECTORS[[5]], atol=1e-3)
        assert ids(written.query(VECTORS[5], 2)) == [IDS[0], IDS[5]]
        assert written.count(eq("sex", "F")) == 0
        assert written.facet("modality") == {"US": 3, "CT": 2, "MR": 1}

    def test_upserting_the_same_is_harmless(self, written: Index) -> None:
        before = written.query(QUERY, 8)
        written.upsert(POINTS)
        assert written.query(QUERY, 8) == before
        assert written.count() == 8

    def test_of_one_id_twice_the_last_counts(self, index: Index) -> None:
        index.upsert(Points([IDS[0]] * 2, VECTORS[:2], [{"sex": "F"}, {"sex": "M"}]))
        assert index.count() == 1
        assert dict(index.retrieve(IDS[:1]).payloads[0]) == {"sex": "M"}

    def test_more_points_than_a_batch(self, index: Index) -> None:
        many = [point_id(number) for number in range(2300)]
        values = np.random.default_rng(0).normal(size=(2300, DIMENSION)).astype(np.float32)
        index.upsert(Points(many, normalised(values), [{"age": row % 90} for row in range(2300)]))
        assert index.count() == 2300
        assert sorted(scrolled(index).ids) == many
        assert index.count(eq("age", 10)) == 26

    @pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, 3.0])
    def test_what_is_no_unit_vector_is_refused_and_nothing_is_written(
        self, value: float, written: Index
    ) -> None:
        vectors = VECTORS.copy()
        vectors[4] = value
        new = [point_id(100 + number) for number in range(len(IDS))]
        with pytest.raises(InvalidVector) as caught:
            written.upsert(Points(new, vectors, PAYLOADS))
        assert caught.value.data == {"rows": [4]}
        assert written.count() == 8

    def test_deleting(self, written: Index) -> None:
        written.delete([IDS[0], IDS[2]])
        assert written.count() == 6
        assert ids(written.query(QUERY, 1)) == [IDS[1]]
        assert list(written.retrieve(IDS[:3]).ids) == [IDS[1]]
        assert written.facet("modality") == {"CT": 2, "US": 2}
        assert sorted(scrolled(written).ids) == sorted(set(IDS) - {IDS[0], IDS[2]})

    def test_deleting_what_is_not_there_is_no_error(self, written: Index) -> None:
        written.delete([point_id(99)])
        written.delete([])
        assert written.count() == 8

    def test_writing_nothing_is_no_error(self, written: Index) -> None:
        written.upsert(Points([], VECTORS[:0], []))
        assert written.count() == 8

    # -- keeping -------------------------------------------------------------------------------

    def test_flushing_and_optimising_change_no_answer(self, written: Index) -> None:
        before = written.query(QUERY, 8)
        written.flush()
        written.optimize()
        assert written.query(QUERY, 8) == before
        assert written.count() == 8

    def test_it_says_what_it_is(self, written: Index) -> None:
        info = written.info()
        assert info.backend == written.name
        assert info.points == 8
        assert info.indexed >= 0
        assert info.segments >= 0

    def test_several_threads_may_ask_while_one_writes(self, written: Index) -> None:
        expected = [ids(hits) for hits in written.query_batch(VECTORS, 3, eq("modality", "CT"))]

        def ask(row: int) -> list[str]:
            return ids(written.query(VECTORS[row], 3, eq("modality", "CT")))

        with ThreadPoolExecutor(4) as threads:
            answers = [threads.submit(ask, row % len(IDS)) for row in range(80)]
            for number in range(20):
                written.upsert(Points([point_id(200 + number)], QUERY[None, :], [{"sex": "M"}]))
            for row, answer in enumerate(answers):
                assert answer.result() == expected[row % len(IDS)]
        assert written.count() == 28
