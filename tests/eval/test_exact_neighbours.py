from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import eval.exact_neighbours.scan
import eval.exact_neighbours.search
from eval.exact_neighbours import ExactSearch, Exclusion, Neighbours
from eval.exact_neighbours.cores import cores
from eval.exact_neighbours.proposals import in_bfloat16, in_float32, lost_in_bfloat16
from radalike.errors import InvalidSetting, InvalidVector


@pytest.fixture(autouse=True, params=["bfloat16", "float32"])
def proposals(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both kinds of products, whatever this machine is fast at."""
    kind: str = request.param
    fast = kind == "bfloat16"
    monkeypatch.setattr(eval.exact_neighbours.search, "fast_bfloat16", lambda: fast)
    return kind


def search(
    queries: np.ndarray,
    vectors: np.ndarray,
    k: int,
    *,
    rows: np.ndarray | None = None,
    cuts: list[int] | None = None,
    exclusion: Exclusion | None = None,
    resumed: bool = False,
) -> Neighbours:
    """The neighbours, from chunks that are cut at `cuts`; resumed: each by a new search."""
    rows = np.arange(len(vectors)) if rows is None else rows
    found = ExactSearch(queries, k, exclusion=exclusion)
    for start, end in pairwise([0, *sorted(cuts or []), len(rows)]):
        if resumed:
            found = ExactSearch(queries, k, exclusion=exclusion, begun=found.best)
        found.take_in(rows[start:end], vectors[start:end])
    return found.best


def plain_search(
    queries: np.ndarray,
    vectors: np.ndarray,
    k: int,
    rows: np.ndarray,
    exclusion: Exclusion | None = None,
) -> tuple[list[list[int]], list[list[float]]]:
    """The definition: all scores in float64, sorted by score, then by row."""
    scores = queries.astype(np.float64) @ vectors.astype(np.float64).T
    found, found_scores = [], []
    for asking, line in enumerate(scores):
        allowed = np.ones(len(rows), dtype=bool)
        if exclusion is not None:
            wanted, given = exclusion.of_queries[asking], exclusion.of_rows[rows]
            allowed = ~((given == wanted) & (wanted >= 0)).any(axis=1)
        order = np.lexsort((rows[allowed], -line[allowed]))[:k]
        missing = k - len(order)
        found.append([*rows[allowed][order].tolist(), *[-1] * missing])
        found_scores.append([*line[allowed][order].tolist(), *[-np.inf] * missing])
    return found, found_scores


@settings(deadline=None, max_examples=100, suppress_health_check=[*HealthCheck])
@given(st.data())
def test_it_finds_what_a_plain_sort_finds(data: st.DataObject) -> None:
    """Vectors of small whole numbers: exact products, so many exact ties."""
    n, asked = data.draw(st.integers(1, 400)), data.draw(st.integers(1, 150))
    random = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    vectors = random.integers(-2, 3, (n, 3)).astype(np.float32)
    queries = random.integers(-2, 3, (asked, 3)).astype(np.float32)
    rows = random.permutation(2 * n)[:n]
    exclusion = None
    columns = data.draw(st.integers(0, 3))
    if columns:
        groups = data.draw(st.sampled_from([1, 3, n]))  # 1: a query excludes most of the rows
        exclusion = Exclusion(
            random.integers(-1, groups, (asked, columns)),
            random.integers(-1, groups, (2 * n, columns)),
        )
    k = data.draw(st.sampled_from([1, 2, 7, 40, 500]))
    cuts = data.draw(st.lists(st.integers(0, n), max_size=4))
    found = search(
        queries,
        vectors,
        k,
        rows=rows,
        cuts=cuts,
        exclusion=exclusion,
        resumed=data.draw(st.booleans()),
    )
    expected, scores = plain_search(queries, vectors, k, rows, exclusion)
    assert found.rows.tolist() == expected
    assert found.scores.tolist() == scores


def unit(random: np.random.Generator, rows: int, dimension: int) -> np.ndarray:
    vectors = random.standard_normal((rows, dimension), dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@settings(deadline=None, max_examples=20, suppress_health_check=[*HealthCheck])
@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(0, 3000), max_size=6),
    st.integers(1, 30),
    st.sampled_from([1e-20, 1e-3, 1, 1e9]),
)
def test_chunks_change_nothing_not_even_the_last_bit(
    seed: int, cuts: list[int], k: int, length: float
) -> None:
    random = np.random.default_rng(seed)
    vectors = unit(random, 3000, 67) * np.float32(length)
    vectors[1500:] = vectors[random.integers(0, 200, 1500)]  # many are there several times
    queries = unit(random, 25, 67)
    rows = random.permutation(3000)
    whole = search(queries, vectors, k, rows=rows)
    cut = search(queries, vectors, k, rows=rows, cuts=cuts, resumed=True)
    many = search(np.tile(queries, (4, 1)), vectors, k, rows=rows, cuts=cuts)
    assert whole.rows.tolist() == cut.rows.tolist() == many.rows[75:].tolist()
    assert whole.scores.tolist() == cut.scores.tolist() == many.scores[75:].tolist()
    expected, scores = plain_search(queries, vectors, k, rows)
    np.testing.assert_allclose(whole.scores, scores, rtol=1e-13)
    sure = np.abs(np.diff(scores, axis=1)) > 1e-13 * length  # elsewhere the plain sum rounds
    places = np.ones(whole.rows.shape, dtype=bool)
    places[:, 1:] &= sure
    places[:, :-1] &= sure
    places[:, -1] = False
    assert whole.rows[places].tolist() == np.array(expected)[places].tolist()


def test_what_is_proposed_is_as_near_as_promised(proposals: str) -> None:
    """The bounds hold, and are not so loose that nothing is left out."""
    random = np.random.default_rng(1)
    queries, rows = unit(random, 40, 512), unit(random, 2000, 512)
    rows[:1000] += queries[random.integers(0, 40, 1000)]  # large scores, too
    rows[5] = -queries[5]
    lengths = np.linalg.norm(queries.astype(np.float64), axis=1) * (1 + 1e-6)
    longest = float(np.linalg.norm(rows, axis=1).max() * (1 + 1e-6))
    with cores() as run:
        found = (
            in_bfloat16(lost_in_bfloat16(queries), lengths, longest, rows, run)
            if proposals == "bfloat16"
            else in_float32(lengths, longest, rows)
        )
    proposed = torch.from_numpy(queries).to(found.vectors.dtype) @ found.vectors.T
    error = np.abs(
        proposed.double().numpy() - queries.astype(np.float64) @ rows.astype(np.float64).T
    )
    assert (error <= found.tolerance[:, None]).all()
    assert found.tolerance.max() < 0.05


def test_many_candidates_are_left_to_finer_products(
    proposals: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(2)
    centre = unit(random, 1, 64)
    near = centre + 0.02 * unit(random, 6000, 64)  # closer to each other than bfloat16 can tell
    vectors = (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32)
    monkeypatch.setattr(eval.exact_neighbours.scan, "LEAST_MANY", 1)
    begun: list[float] = []
    begin = eval.exact_neighbours.scan._Candidates.__init__

    def counted(self: Any, *arguments: Any) -> None:
        begun.append(float(arguments[-1].max()))
        begin(self, *arguments)

    monkeypatch.setattr(eval.exact_neighbours.scan._Candidates, "__init__", counted)
    found = search(vectors[:9], vectors, 5, cuts=[4500])
    expected, _ = plain_search(vectors[:9], vectors, 5, np.arange(6000))
    assert found.rows.tolist() == expected
    if proposals == "bfloat16":
        assert len(begun) == 2
        assert begun[1] < begun[0] / 1000


def test_thousands_of_equal_scores_give_the_smallest_rows() -> None:
    vectors = np.tile(unit(np.random.default_rng(0), 1, 32), (20_000, 1))
    rows = np.arange(20_000)[::-1]
    found = search(vectors[:500], vectors, 100, rows=rows, cuts=[7000])
    assert (found.rows == np.arange(100)).all()
    assert len(np.unique(found.scores)) == 1


def test_more_near_ties_than_are_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eval.exact_neighbours.scan.MOST_KEYS", 1000)
    random = np.random.default_rng(1)
    # Scores differ by less than float32 can tell, and grow all the time.
    vectors = np.ones((3000, 16), dtype=np.float32)
    vectors[:, 0] += np.float32(2.0**-23) * np.sort(random.integers(0, 40, 3000))
    queries = np.ones((70, 16), dtype=np.float32)
    found = search(queries, vectors, 5)
    expected, scores = plain_search(queries, vectors, 5, np.arange(3000))
    assert found.rows.tolist() == expected
    assert found.scores.tolist() == scores


def test_scores_are_exact_where_float32_is_not() -> None:
    # In float32 1 + 2^-30 is 1: the two rows look equal, and the row would decide wrongly.
    vectors = np.array([[1, 0], [1, 2.0**-30]], dtype=np.float32)
    found = search(np.ones((1, 2), dtype=np.float32), vectors, 1)
    assert found.rows.tolist() == [[1]]
    assert found.scores.tolist() == [[1 + 2.0**-30]]


def test_zero_vectors_tie_with_all() -> None:
    vectors = np.array([[-1], [0], [1]], dtype=np.float32)
    found = search(np.array([[0], [-0.0], [-1]], dtype=np.float32), vectors, 2)
    assert found.rows.tolist() == [[0, 1], [0, 1], [0, 1]]
    assert found.scores.tolist() == [[0, 0], [0, 0], [1, 0]]


def test_products_too_small_for_float32_still_rank() -> None:
    vectors = np.array([[1e-30], [2e-30], [-1e-30]], dtype=np.float32)
    found = search(vectors[:1], vectors, 3)
    assert found.rows.tolist() == [[1, 0, 2]]


def test_a_query_that_excludes_most_of_the_index_still_finds_the_rest() -> None:
    vectors = unit(np.random.default_rng(2), 5000, 16)
    queries = vectors[:80]
    patients = np.zeros((5000, 1), dtype=np.int64)
    patients[4990:] = 1
    exclusion = Exclusion(patients[:80], patients)
    found = search(queries, vectors, 20, exclusion=exclusion, cuts=[3000])
    assert (np.sort(found.rows[:, :10], axis=1) == np.arange(4990, 5000)).all()
    assert (found.rows[:, 10:] == -1).all()


def test_read_only_and_strided_vectors_are_taken_as_they_are() -> None:
    vectors = unit(np.random.default_rng(3), 100, 16)
    wide = np.repeat(vectors, 2, axis=1)[:, ::2]
    vectors.setflags(write=False)
    assert search(vectors, vectors, 1).rows.ravel().tolist() == list(range(100))
    assert search(wide, wide, 1).rows.ravel().tolist() == list(range(100))


def test_settings_of_the_process_stay() -> None:
    import torch

    before = torch.get_num_threads(), torch.get_float32_matmul_precision()
    vectors = unit(np.random.default_rng(4), 300, 16)
    search(vectors, vectors, 3)
    assert (torch.get_num_threads(), torch.get_float32_matmul_precision()) == before


def test_an_earlier_best_is_not_changed_by_later_chunks() -> None:
    vectors = unit(np.random.default_rng(5), 200, 16)
    found = ExactSearch(vectors, 3)
    found.take_in(np.arange(100), vectors[:100])
    early = found.best
    rows = early.rows.tolist()
    found.take_in(np.arange(100, 200), vectors[100:])
    assert early.rows.tolist() == rows != found.best.rows.tolist()


def test_nothing_is_found_in_an_empty_index_or_for_no_query() -> None:
    vectors = np.eye(2, dtype=np.float32)
    assert search(vectors, vectors[:0], 1).rows.tolist() == [[-1], [-1]]
    assert search(vectors[:0], vectors, 2).rows.shape == (0, 2)


def test_no_neighbour_is_refused() -> None:
    with pytest.raises(InvalidSetting):
        ExactSearch(np.eye(2, dtype=np.float32), 0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30])
def test_vectors_that_have_no_score_are_refused_and_change_nothing(bad: float) -> None:
    vectors = np.eye(2, dtype=np.float32)
    broken = vectors.copy()
    broken[1, 0] = bad
    with pytest.raises(InvalidVector):
        ExactSearch(broken, 1)
    found = ExactSearch(vectors, 1)
    found.take_in(np.arange(2), vectors)
    with pytest.raises(InvalidVector):
        found.take_in(np.arange(2, 4), broken)
    assert found.best.rows.tolist() == [[0], [1]]


def test_another_dimension_is_refused() -> None:
    with pytest.raises(InvalidVector):
        ExactSearch(np.eye(2, dtype=np.float32), 1).take_in(
            np.arange(3), np.eye(3, dtype=np.float32)
        )


@pytest.mark.parametrize("rows", [[-1, 0], [0, 2], [0]])
def test_rows_that_do_not_fit_are_refused(rows: list[int]) -> None:
    groups = np.zeros((2, 1), dtype=np.int64)
    found = ExactSearch(np.eye(2, dtype=np.float32), 1, exclusion=Exclusion(groups, groups))
    with pytest.raises((InvalidSetting, InvalidVector)):
        found.take_in(np.array(rows), np.eye(2, dtype=np.float32))


def test_an_exclusion_or_a_beginning_of_another_shape_is_refused() -> None:
    vectors = np.eye(2, dtype=np.float32)
    groups = np.zeros((3, 1), dtype=np.int64)
    with pytest.raises(InvalidSetting):
        ExactSearch(vectors, 1, exclusion=Exclusion(groups, groups))
    with pytest.raises(InvalidSetting):
        ExactSearch(vectors, 1, begun=Neighbours(np.zeros((2, 2), int), np.zeros((2, 2))))
