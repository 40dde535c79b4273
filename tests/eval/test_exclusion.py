from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eval.exclusion
from eval.exact_neighbours import Exclusion
from eval.exclusion import excluded_columns, excluded_pairs, exclusion_of
from eval.images import read_images
from radalike.errors import UnknownName
from tests.eval.circle import Circle, image

LIBRARY = Circle(
    {},
    {
        "i1": image("train", "a", patient="p1", study="s1"),
        "i2": image("train", "a", patient="p1", study="s2"),
        "i3": image("train", "a", patient="p2"),
        "i4": image("train", "a"),
        "q1": image("test", "a", patient="p1", study="s1"),
        "q2": image("test", "a"),
    },
    contents={"i3": "same", "q2": "same"},
)


def pairs(*names: str) -> set[tuple[str, str]]:
    images = read_images(LIBRARY, {"all": None}, ["patient", "study", "content"])
    queries = images.rows_of(["i4", "q1", "q2"])
    index = images.rows_of(["i1", "i2", "i3", "i4"])
    exclusion = exclusion_of(images, queries, names)
    found = [
        (images.names(queries[positions]), images.names(rows))
        for positions, rows in excluded_pairs(exclusion, index)
    ]
    return {pair for left, right in found for pair in zip(left, right, strict=True)}


def test_a_query_never_finds_itself() -> None:
    assert pairs() == {("i4", "i4")}


def test_what_is_excluded_on_request() -> None:
    assert pairs("same-patient") == {("i4", "i4"), ("q1", "i1"), ("q1", "i2")}
    assert pairs("same-study") == {("i4", "i4"), ("q1", "i1")}
    assert pairs("duplicates") == {("i4", "i4"), ("q2", "i3")}
    assert pairs("same-study", "duplicates") == pairs("same-study") | pairs("duplicates")


def test_an_unknown_exclusion_is_named() -> None:
    with pytest.raises(UnknownName, match="same-person"):
        excluded_columns(["same-person"])


codes = st.integers(-1, 3)


@given(
    st.lists(st.tuples(codes, codes), min_size=1, max_size=12),
    st.lists(st.tuples(codes, codes), min_size=1, max_size=12),
    st.integers(1, 5),
)
def test_pairs_are_those_with_an_equal_column(
    queries: list[tuple[int, int]], rows: list[tuple[int, int]], block: int
) -> None:
    exclusion = Exclusion(np.array(queries), np.array(rows))
    index = np.arange(0, len(rows), 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(eval.exclusion, "BLOCK", block)
        found = [
            pair
            for positions, at in excluded_pairs(exclusion, index)
            for pair in zip(positions.tolist(), at.tolist(), strict=True)
        ]
    expected = [
        (i, j)
        for i, query in enumerate(queries)
        for j in index.tolist()
        if any(a == b >= 0 for a, b in zip(query, rows[j], strict=True))
    ]
    assert found == sorted(expected)
