"""Every index backend keeps the contract, and all give the same answers to the same questions.

The server's adapter runs against qdrant-client's own in-memory engine, and against a real server
where RADALIKE_TEST_QDRANT_URL names one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from qdrant_client import QdrantClient

from radalike.filters import Filter, all_of, any_of, between, eq, has_id, is_empty, not_
from radalike.index.backend import Index, IndexSpec, Points, Storage, Tuning
from radalike.index.edge import EdgeIndex
from radalike.index.exact import ExactIndex
from radalike.index.server import ServerIndex, alias_of, connect
from radalike.records import Hit, Payload, Vectors
from radalike.vectors import normalised
from tests.contracts.index_contract import HALF_PRECISION, SPEC, IndexContract, point_id
from tests.contracts.index_contract import POINTS as CONTRACT_POINTS

_VARIABLE = "RADALIKE_TEST_QDRANT_URL"

# The in-memory engine reads every point: it says that indexes and search parameters are idle.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact .brute-force. search"),
]


@contextmanager
def exact(_folder: Path, spec: IndexSpec) -> Iterator[Index]:
    index = ExactIndex(spec)
    yield index
    index.close()


@contextmanager
def edge(folder: Path, spec: IndexSpec) -> Iterator[Index]:
    index = EdgeIndex.create(folder / "gen-000001", spec)
    yield index
    index.close()


@contextmanager
def memory(_folder: Path, spec: IndexSpec) -> Iterator[Index]:
    index = ServerIndex.create(QdrantClient(":memory:"), spec)
    yield index
    index.close()


@contextmanager
def server(_folder: Path, spec: IndexSpec) -> Iterator[Index]:
    url = os.environ.get(_VARIABLE)
    if not url:
        pytest.skip(f"{_VARIABLE} names no Qdrant server")
    client = connect(url, os.environ.get("RADALIKE_TEST_QDRANT_API_KEY", ""))
    index = ServerIndex.create(client, spec)
    yield index
    for each in client.get_aliases().aliases:
        if each.alias_name == alias_of(spec):
            client.delete_collection(each.collection_name)
    index.close()


BACKENDS: Mapping[str, Callable[[Path, IndexSpec], AbstractContextManager[Index]]] = {
    "exact": exact,
    "edge": edge,
    "server in memory": memory,
    "server": server,
}


@pytest.fixture(params=BACKENDS)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    with BACKENDS[request.param](tmp_path, SPEC) as opened:
        yield opened


@pytest.fixture(scope="module", params=BACKENDS)
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Index]:
    spec = replace(SPEC, fingerprint="e" * 16)
    with BACKENDS[request.param](tmp_path_factory.mktemp("filled"), spec) as opened:
        opened.upsert(CONTRACT_POINTS)
        yield opened


class TestIndex(IndexContract):
    pass


# -- congruence ----------------------------------------------------------------------------------

COUNT, DIMENSION, QUERIES, LIMIT = 2000, 32, 200, 10
CONGRUENCE_SPEC = IndexSpec(DIMENSION, "c" * 16)


def clustered() -> tuple[Points, Vectors]:
    """Points around 20 centres, as images of one kind lie, and queries near some of them."""
    generator = np.random.default_rng(7)
    centres = generator.normal(size=(20, DIMENSION))
    own = generator.integers(0, 20, COUNT)
    values = centres[own] + generator.normal(0, 0.6, (COUNT, DIMENSION))
    payloads: list[Payload] = []
    for row in range(COUNT):
        payload: dict[str, object] = {
            "modality": ("CT", "MR", "US", "XR")[own[row] % 4],
            "anatomy": ("chest", "brain", "knee")[row % 3],
            "labels": [f"finding-{own[row]}", f"label-{row % 7}"] if row % 5 else [],
            "patient": f"p{row // 4}",
        }
        if row % 6:
            payload["age"] = int(generator.integers(0, 91))
        payloads.append({name: value for name, value in payload.items() if value != []})
    vectors = normalised(values.astype(np.float32))
    asked = centres[generator.integers(0, 20, QUERIES)]
    queries = asked + generator.normal(0, 0.8, (QUERIES, DIMENSION))
    ids = [point_id(number) for number in generator.permutation(COUNT).tolist()]
    return Points(ids, vectors, payloads), normalised(queries.astype(np.float32))


POINTS, ASKED = clustered()
CONDITIONS: dict[str, Filter | None] = {
    "none": None,
    "one modality": eq("modality", "CT"),
    "modality and anatomy": all_of(eq("modality", "US"), eq("anatomy", "knee")),
    "labels": any_of("labels", ["finding-3", "label-5"]),
    "ages of others": all_of(between("age", 40, 60), not_(eq("patient", "p7"))),
    "no age": all_of(is_empty("age"), not_(has_id(POINTS.ids[:50]))),
    "few": all_of(eq("modality", "XR"), between("age", 88, 90)),
}


@pytest.fixture(scope="module")
def reference() -> Iterator[ExactIndex]:
    index = ExactIndex.of(CONGRUENCE_SPEC, [POINTS])
    yield index
    index.close()


@pytest.fixture(scope="module", params=[name for name in BACKENDS if name != "exact"])
def other(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Index, Vectors]]:
    """A filled index, and the queries it is asked: of the in-memory engine, written in Python to
    be read and not to be quick, every fifth."""
    folder = tmp_path_factory.mktemp("congruence")
    with BACKENDS[request.param](folder, CONGRUENCE_SPEC) as opened:
        opened.upsert(POINTS)
        opened.flush()
        opened.optimize()
        yield opened, ASKED[::5] if request.param == "server in memory" else ASKED


def assert_congruent(
    found: tuple[Hit, ...], expected: tuple[Hit, ...], cosines: Mapping[str, float]
) -> None:
    """The same hits in the same order.

    Engines store float16, whose scores are up to about 1e-3 off: two hits may stand in each
    other's place, at the cut too, only where their exact scores differ by less than that twice.
    """
    assert len(found) == len(expected)
    assert len({hit.id for hit in found}) == len(found)
    for place, (one, two) in enumerate(zip(found, expected, strict=True)):
        assert abs(one.score - cosines[one.id]) < HALF_PRECISION
        if one.id != two.id:
            assert abs(cosines[one.id] - two.score) < HALF_PRECISION, f"place {place}"


@pytest.mark.parametrize("name", CONDITIONS)
def test_backends_agree(name: str, other: tuple[Index, Vectors], reference: ExactIndex) -> None:
    condition = CONDITIONS[name]
    index, asked = other
    expected = reference.query_batch(asked, LIMIT, condition)
    found = index.query_batch(asked, LIMIT, condition)
    assert any(expected)
    for query, one, two in zip(asked, found, expected, strict=True):
        cosines = dict(zip(POINTS.ids, (POINTS.vectors @ query).tolist(), strict=True))
        assert_congruent(one, two, cosines)
    assert index.count(condition) == reference.count(condition)
    for field in ("modality", "anatomy", "labels", "patient"):
        assert list(index.facet(field, condition).items()) == list(
            reference.facet(field, condition).items()
        )


@pytest.mark.parametrize("storage", Storage)
@pytest.mark.parametrize("backend", BACKENDS)
def test_rescored_any_storage_finds_what_exact_search_finds(
    backend: str, storage: Storage, tmp_path: Path
) -> None:
    spec = replace(CONGRUENCE_SPEC, fingerprint="d" * 16, storage=storage)
    some = Points(POINTS.ids[:500], POINTS.vectors[:500], POINTS.payloads[:500])
    exact = ExactIndex.of(spec, [some])
    with BACKENDS[backend](tmp_path, spec) as opened:
        opened.upsert(some)
        opened.flush()
        opened.optimize()
        tuned = opened.tuned(Tuning(oversampling=20.0, rescore=True))
        for query in ASKED[:20]:
            for condition in (None, eq("modality", "CT")):
                found = {hit.id for hit in tuned.query(query, LIMIT, condition)}
                expected = exact.query(query, LIMIT, condition)
                cosines = dict(zip(POINTS.ids, (POINTS.vectors @ query).tolist(), strict=True))
                missed = [hit.score for hit in expected if hit.id not in found]
                # What is as good within float16's rounding may stand in its place.
                assert all(
                    score < min(cosines[each] for each in found) + HALF_PRECISION
                    for score in missed
                )


def test_the_reference_is_numpy_s(reference: ExactIndex) -> None:
    order = np.argsort(-(ASKED @ POINTS.vectors.T), axis=1, kind="stable")[:, :LIMIT]
    for row, hits in enumerate(reference.query_batch(ASKED, LIMIT)):
        assert [hit.id for hit in hits] == [POINTS.ids[place] for place in order[row]]
