"""Exact search holds what it is given, as one whole, in memory."""

from __future__ import annotations

import numpy as np

from radalike.index.backend import Points
from radalike.index.exact import ExactIndex
from tests.contracts.index_contract import IDS, PAYLOADS, QUERY, SPEC, VECTORS


def points(start: int, end: int) -> Points:
    return Points(IDS[start:end], VECTORS[start:end], PAYLOADS[start:end])


def test_it_is_made_of_several_lists_at_once() -> None:
    index = ExactIndex.of(SPEC, [points(0, 3), points(3, 8)])
    assert index.count() == 8
    assert [hit.id for hit in index.query(QUERY, 8)] == [
        IDS[row] for row in np.argsort(-(VECTORS @ QUERY), kind="stable")
    ]
    assert ExactIndex.of(SPEC, []).count() == 0


def test_scores_are_exact() -> None:
    index = ExactIndex.of(SPEC, [points(0, 8)])
    scores = {hit.id: hit.score for hit in index.query(QUERY, 8)}
    for row, point in enumerate(IDS):
        assert abs(scores[point] - float(VECTORS[row] @ QUERY)) < 1e-6


def test_what_is_being_read_does_not_change_under_the_reader() -> None:
    index = ExactIndex.of(SPEC, [points(0, 8)])
    pages = index.scroll(page=3)
    first = next(pages)
    index.delete(IDS)
    rest = [point for page in pages for point in page.ids]
    assert [*first.ids, *rest] == IDS
    assert index.count() == 0
