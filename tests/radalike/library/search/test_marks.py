"""Relevance feedback: the formula, its peer, and what is found and left out."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qdrant_client import QdrantClient, models

from radalike.errors import RecordNotFound, UsageError
from radalike.filters import eq, not_
from radalike.library import Library
from radalike.library.search.marks import NO_MARKS, Marks, refined
from radalike.records import SearchResult
from tests.radalike.library.made_vectors import MADE, directions, made_library, put

COUNT = 120


def found(result: SearchResult) -> list[str]:
    return [hit.id for hit in result.hits]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """120 images; the first 80 are in the built index."""
    with made_library(tmp_path_factory.mktemp("marks") / "library") as library:
        vectors = directions(COUNT)
        put(library, vectors[:80], patients=[f"p{row % 4}" for row in range(80)])
        library.build_index()
        put(library, vectors[80:], start=80)
        yield library


@pytest.fixture(scope="module")
def ids(made: Library) -> list[str]:
    return list(made.metadata())


@pytest.fixture(scope="module")
def peer(ids: list[str]) -> Iterator[QdrantClient]:
    """The same points in qdrant-client's own local mode, which has the recommendation."""
    client = QdrantClient(":memory:")
    client.create_collection(
        "made", models.VectorParams(size=MADE.dimension, distance=models.Distance.COSINE)
    )
    points = zip(ids, directions(COUNT).tolist(), strict=True)
    client.upsert("made", [models.PointStruct(id=id_, vector=vector) for id_, vector in points])
    yield client
    client.close()


@given(
    relevant=st.lists(st.integers(0, COUNT - 1), unique=True, max_size=5),
    away=st.lists(st.integers(0, COUNT - 1), unique=True, max_size=5),
    query=st.integers(0, COUNT - 1),
    exact=st.booleans(),
)
def test_the_same_ids_as_qdrant_s_recommendation(
    made: Library,
    ids: list[str],
    peer: QdrantClient,
    relevant: list[int],
    away: list[int],
    query: int,
    exact: bool,
) -> None:
    vector = directions(1, seed=query + 1)[0]
    liked = [ids[row] for row in relevant if row not in away]
    disliked = [ids[row] for row in away]
    expected = peer.query_points(
        "made",
        query=models.RecommendQuery(
            recommend=models.RecommendInput(
                positive=[vector.tolist(), *liked],
                negative=list(disliked),
                strategy=models.RecommendStrategy.AVERAGE_VECTOR,
            )
        ),
        limit=COUNT,
    ).points
    ours = made.search(vector, COUNT, marks=Marks(tuple(liked), tuple(disliked)), exact=exact).hits
    assert set(disliked).isdisjoint(hit.id for hit in ours)
    assert {hit.id for hit in ours} == set(ids) - set(disliked)
    scores = {hit.id: hit.score for hit in ours}
    for point in expected:  # Qdrant leaves out what is relevant, too
        assert scores[str(point.id)] == pytest.approx(point.score, abs=2e-3)
    if exact:
        order = [hit.id for hit in ours if hit.id not in liked]
        assert order == [str(point.id) for point in expected]


def test_by_hand() -> None:
    east, north = np.eye(2, dtype=np.float32)
    one = refined(np.stack([east, north]), np.empty((0, 2), np.float32))
    np.testing.assert_allclose(one, [0.5**0.5, 0.5**0.5], atol=1e-6)
    # 2 * (1, 0) - (0, 1) = (2, -1)
    np.testing.assert_allclose(
        refined(east[None], north[None]), np.array([2, -1]) / 5**0.5, atol=1e-6
    )
    assert one.dtype == np.float32


def test_what_cancels_leaves_no_direction() -> None:
    east = np.array([[1, 0]], np.float32)
    with pytest.raises(UsageError, match="cancel each other out") as caught:
        refined(np.concatenate([east, -east]), np.empty((0, 2), np.float32))
    assert "take back" in caught.value.hint
    # avg(relevant) = (0.5, 0): twice that less (1, 0) is nothing.
    half = np.array([[0.5, 3**0.5 / 2], [0.5, -(3**0.5) / 2]], np.float32)
    with pytest.raises(UsageError, match="cancel each other out"):
        refined(half, east)


def test_no_marks_change_nothing(made: Library, ids: list[str]) -> None:
    assert not NO_MARKS
    assert found(made.search(ids[3], 9, marks=Marks())) == found(made.search(ids[3], 9))


def test_a_record_marked_relevant_to_itself_counts_once(made: Library, ids: list[str]) -> None:
    marks = Marks((ids[3].upper(), ids[3], ids[5]))
    assert marks == Marks((ids[3], ids[5]))
    assert found(made.search(ids[3], 9, marks=marks)) == found(
        made.search(ids[3], 9, marks=Marks((ids[5],)))
    )
    assert ids[3] not in found(made.search(ids[3], COUNT, marks=marks))


def test_marks_go_with_filters(made: Library, ids: list[str]) -> None:
    marks = Marks((ids[4],), (ids[0], ids[8]))
    hits = found(made.search(ids[1], COUNT, eq("patient", "p0"), marks=marks))
    expected = set(ids[:80:4]) - {ids[0], ids[8]}
    assert set(hits) == expected
    hits = found(made.search(ids[1], COUNT, not_(eq("patient", "p0")), marks=marks))
    assert set(hits) == set(ids) - set(ids[:80:4]) - {ids[1]}


@pytest.mark.parametrize(
    "stranger", ["f8a011ac-9f58-4554-aadb-ca4558327ade", "no id", "made_vectors.py"]
)
def test_a_mark_that_leads_nowhere(made: Library, ids: list[str], stranger: str) -> None:
    for marks in (Marks((stranger,)), Marks((), (stranger,))):
        with pytest.raises(RecordNotFound, match="no image"):
            made.search(ids[0], marks=marks)


def test_a_mark_both_ways_is_refused() -> None:
    image = str(uuid.uuid4())
    with pytest.raises(UsageError, match="as relevant and as not relevant"):
        Marks((image,), (image.upper(),))


def test_tiles_go_without(made: Library, ids: list[str]) -> None:
    with pytest.raises(UsageError, match="without marks"):
        made.search(ids[0], tiles="2x2", marks=Marks((ids[1],)))
