"""The canary: what the built index finds, against exact search, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from unittest.mock import patch

import numpy as np
import pytest

from radalike.errors import CorruptPart, IndexBusy, IndexUnavailable
from radalike.filters import Filter
from radalike.index.edge import EdgeIndex
from radalike.library import Library
from radalike.library.indexing.canary import Canary, canary
from radalike.library.search.searcher import Searcher
from radalike.records import Hit, Vectors
from tests.radalike.library.made_vectors import directions, made_library, put


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three parts of 60, all of them built; each test takes a copy."""
    path = tmp_path_factory.mktemp("built") / "library"
    with made_library(path) as library:
        for part in range(3):
            put(library, directions(60, seed=part), start=60 * part)
        library.build_index()
    return path


@pytest.fixture
def made(built: Path, tmp_path: Path) -> Iterator[Library]:
    with made_library(Path(copytree(built, tmp_path / "library"))) as library:
        yield library


def test_a_sound_index(made: Library) -> None:
    found = canary(made, queries=20, limit=5)
    assert (found.backend, found.queries, found.limit) == ("edge", 20, 5)
    assert found.recall == found.worst_recall == 1
    assert found.worst in made.metadata()
    assert found.index_ms > 0
    assert found.exact_ms > 0
    assert found.findings() == []
    assert made.searcher.backend == "edge"  # it has let go of the index


def test_no_more_queries_than_vectors(made: Library) -> None:
    assert canary(made, queries=1000).queries == 180


def test_each_seed_asks_with_others(made: Library) -> None:
    def asked(seed: int) -> list[bytes]:
        vectors: list[bytes] = []
        query = EdgeIndex.query

        def noted(index: EdgeIndex, vector: Vectors, limit: int) -> tuple[Hit, ...]:
            vectors.append(vector.tobytes())
            return query(index, vector, limit)

        with patch.object(EdgeIndex, "query", noted):
            canary(made, queries=10, seed=seed)
        return vectors

    assert len(set(asked(1))) == 10
    assert asked(1) == asked(1)
    assert set(asked(1)) != set(asked(2))


def test_what_an_index_misses(made: Library) -> None:
    query = EdgeIndex.query

    def missing_the_nearest(index: EdgeIndex, vector: Vectors, limit: int) -> tuple[Hit, ...]:
        own, _, *others = query(index, vector, limit)
        return (own, *others)

    with patch.object(EdgeIndex, "query", missing_the_nearest):
        found = canary(made, queries=20, limit=5)
    assert found.recall == pytest.approx(0.8)
    assert found.worst_recall == pytest.approx(0.8)
    (finding,) = found.findings()
    assert finding.what == "index"
    assert "0.800 of the 5 nearest" in finding.problem
    assert "radalike index build --full" in finding.way_out


def test_the_worst_query_is_named(made: Library) -> None:
    query = EdgeIndex.query
    blind = next(made.embeddings()).ids[0]

    def blind_for_one(index: EdgeIndex, vector: Vectors, limit: int) -> tuple[Hit, ...]:
        hits = query(index, vector, limit)
        return hits[:1] if hits[0].id == blind else hits

    with patch.object(EdgeIndex, "query", blind_for_one):
        found = canary(made, queries=180, limit=5)
    assert (found.worst, found.worst_recall) == (blind, 0)
    assert found.recall == pytest.approx(179 / 180)


def test_a_wrong_neighbour_is_not_right_because_it_is_there(made: Library) -> None:
    query = EdgeIndex.query

    def farthest(index: EdgeIndex, vector: Vectors, limit: int) -> tuple[Hit, ...]:
        return query(index, vector, 180)[-limit:]

    with patch.object(EdgeIndex, "query", farthest):
        assert canary(made, queries=20).recall == 0


def test_any_of_equal_neighbours_is_right(tmp_path: Path) -> None:
    with made_library(tmp_path / "library") as library:
        put(library, np.repeat(directions(2), 40, axis=0))
        library.build_index()
        query = EdgeIndex.query

        def the_other_copies(index: EdgeIndex, vector: Vectors, limit: int) -> tuple[Hit, ...]:
            return query(index, vector, 40)[-limit:]

        with patch.object(EdgeIndex, "query", the_other_copies):
            assert canary(library, limit=5).recall == 1


def test_the_index_that_searches_have_open_is_asked(made: Library) -> None:
    assert made.searcher.backend == "edge"
    put(made, directions(20, seed=9), start=180)
    assert made.searcher.pending == 20
    found = canary(made, queries=200)
    assert (found.backend, found.queries) == ("edge", 200)
    assert found.recall > 0.99  # float16 can swap two that are nearly as near


def test_what_was_committed_meanwhile_is_no_mistake(made: Library) -> None:
    assert made.searcher.backend == "edge"
    query, committed = Searcher.query, False

    def meanwhile(
        searcher: Searcher, vector: Vectors, limit: int, condition: Filter | None = None
    ) -> tuple[Hit, ...]:
        nonlocal committed
        if not committed:
            committed = True
            put(made, next(made.embeddings()).vectors, start=180)  # nearer than all others
        return query(searcher, vector, limit, condition)

    with patch.object(Searcher, "query", meanwhile):
        assert canary(made, queries=180, limit=5).recall == 1


def test_what_was_erased_is_a_mistake(made: Library) -> None:
    query = EdgeIndex.query
    erased = Hit("00000000-0000-5000-8000-000000000000", 1.0, {})

    def still_there(index: EdgeIndex, vector: Vectors, limit: int) -> tuple[Hit, ...]:
        return (erased, *query(index, vector, limit))[:limit]

    with patch.object(EdgeIndex, "query", still_there):
        assert canary(made, queries=20, limit=5).recall == pytest.approx(0.8)


def test_one_image_has_no_neighbours(tmp_path: Path) -> None:
    with made_library(tmp_path / "library") as library:
        (only,) = put(library, directions(1))
        library.build_index()
        found = canary(library)
    assert isinstance(found, Canary)
    assert (found.queries, found.recall, found.worst) == (1, 1, only)


def test_nothing_is_built(tmp_path: Path) -> None:
    with made_library(tmp_path / "library") as library:
        with pytest.raises(IndexUnavailable):
            canary(library)
        put(library, directions(10))
        with pytest.raises(IndexUnavailable, match="no built index") as caught:
            canary(library)
        assert caught.value.hint == "`radalike index build`"


def test_another_has_the_index_open(made: Library) -> None:
    with made_library(made.layout.root) as other:
        assert other.searcher.backend == "edge"
        with pytest.raises(IndexBusy):
            canary(made)


def test_a_damaged_part(made: Library) -> None:
    for path in made.layout.embeddings(made.fingerprint).iterdir():
        path.write_bytes(b"broken")
    with pytest.raises(CorruptPart):
        canary(made)
