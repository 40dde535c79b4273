from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.exact_search import Neighbours, search_exact
from radalike.errors import InvalidSetting


@dataclass(frozen=True)
class Chunk:
    ids: tuple[str, ...]
    vectors: np.ndarray


def chunks(ids: Sequence[str], vectors: np.ndarray, cuts: Sequence[int]) -> Iterator[Chunk]:
    ends = [0, *sorted(cuts), len(ids)]
    for start, end in pairwise(ends):
        yield Chunk(tuple(ids[start:end]), vectors[start:end])


def plain_search(
    ids: Sequence[str],
    vectors: np.ndarray,
    queries: np.ndarray,
    k: int,
    leave_out: Sequence[str] | None = None,
) -> list[list[str]]:
    """The definition: all scores, sorted by score, then by id."""
    scores = queries.astype(np.float64) @ vectors.astype(np.float64).T
    rank = np.argsort(np.argsort(np.array(ids, dtype=object)))
    found = []
    for row, line in enumerate(scores):
        order = [ids[column] for column in np.lexsort((rank, -line))]
        if leave_out is not None:
            order = [image for image in order if image != leave_out[row]]
        found.append([*order[:k], *[""] * (k - len(order))])
    return found


@st.composite
def problems(
    draw: st.DrawFn,
) -> tuple[list[str], np.ndarray, np.ndarray, int, list[int], list[str]]:
    """Vectors of small whole numbers: exact products, so many exact ties."""
    rows, asked = draw(st.integers(1, 60)), draw(st.integers(1, 25))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    ids = [f"{number:x}" for number in random.permutation(10 * rows)[:rows]]
    vectors = random.integers(-2, 3, (rows, 3)).astype(np.float32)
    queries = random.integers(-2, 3, (asked, 3)).astype(np.float32)
    cuts = draw(st.lists(st.integers(0, rows), max_size=5))
    own = [str(name) for name in random.choice([*ids, "elsewhere"], asked)]
    return ids, vectors, queries, draw(st.integers(1, 12)), cuts, own


@settings(deadline=None)
@given(problems(), st.booleans())
def test_it_finds_what_a_plain_sort_finds(
    problem: tuple[list[str], np.ndarray, np.ndarray, int, list[int], list[str]], own: bool
) -> None:
    ids, vectors, queries, k, cuts, names = problem
    leave_out = names if own else None
    found = search_exact(chunks(ids, vectors, cuts), queries, k, leave_out=leave_out)
    assert found.ids.tolist() == plain_search(ids, vectors, queries, k, leave_out)


def unit(random: np.random.Generator, rows: int, dimension: int) -> np.ndarray:
    vectors = random.standard_normal((rows, dimension), dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 300), max_size=6), st.integers(1, 30))
def test_chunks_change_nothing_not_even_the_last_bit(seed: int, cuts: list[int], k: int) -> None:
    random = np.random.default_rng(seed)
    vectors = unit(random, 300, 67)
    vectors[150:] = vectors[random.integers(0, 20, 150)]  # many images are there several times
    queries = unit(random, 25, 67)
    ids = [f"{number:03}" for number in random.permutation(300)]

    def search(cuts: Sequence[int]) -> Neighbours:
        return search_exact(chunks(ids, vectors, cuts), queries, k)

    whole, cut = search([]), search(cuts)
    assert whole.ids.tolist() == cut.ids.tolist()
    assert np.array_equal(whole.scores, cut.scores)


def test_more_equal_scores_than_candidates() -> None:
    vectors = np.ones((2000, 4), dtype=np.float32)
    ids = [f"{number:04}" for number in reversed(range(2000))]
    found = search_exact(chunks(ids, vectors, [700]), vectors[:30], 3)
    assert found.ids.tolist() == [["0000", "0001", "0002"]] * 30


def test_scores_are_exact_where_float32_is_not() -> None:
    # In float32 1 + 2^-30 is 1: the two rows look equal, and the id would decide wrongly.
    vectors = np.array([[1, 0], [1, 2.0**-30]], dtype=np.float32)
    found = search_exact(chunks(["a", "b"], vectors, []), np.ones((1, 2), dtype=np.float32), 1)
    assert found.ids.tolist() == [["b"]]
    assert found.scores.tolist() == [[1 + 2.0**-30]]


def test_an_index_smaller_than_k_is_padded() -> None:
    vectors = np.eye(2, dtype=np.float32)
    found = search_exact(chunks(["a", "b"], vectors, []), vectors[:1], 4)
    assert found.ids.tolist() == [["a", "b", "", ""]]
    assert found.scores.tolist() == [[1, 0, -np.inf, -np.inf]]


def test_an_empty_index_finds_nothing() -> None:
    found = search_exact([], np.eye(2, dtype=np.float32), 1)
    assert found.ids.tolist() == [[""], [""]]


def test_no_query_finds_nothing() -> None:
    vectors = np.eye(2, dtype=np.float32)
    found = search_exact(chunks(["a", "b"], vectors, []), vectors[:0], 2)
    assert found.ids.shape == (0, 2)


def test_no_neighbour_is_refused() -> None:
    with pytest.raises(InvalidSetting):
        search_exact([], np.eye(2, dtype=np.float32), 0)
