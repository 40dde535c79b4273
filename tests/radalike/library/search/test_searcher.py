"""Searches join the built index with what came after it, from any thread, at any moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from radalike.catalog.store import Catalog, Part
from radalike.errors import IndexBusy, IndexUnavailable, LibraryError
from radalike.filters import eq
from radalike.index.backend import IndexSpec, Points
from radalike.index.exact import ExactIndex
from radalike.library.search import searcher as module
from radalike.library.search.searcher import Built, Searcher
from radalike.records import ImageRecord, Metadata, Term, Vectors, payload_of

SPEC = IndexSpec(4, "f" * 16)
QUERY: Vectors = np.eye(4, dtype=np.float32)[0]


def points(part: Part) -> Points:
    """A part named by a number: one point for each of its rows, nearer to QUERY the lower."""
    start = int(part.name)
    ids = [record(start + row).id for row in range(part.rows)]
    angles = np.array([(start + row) / 100 for row in range(part.rows)])
    vectors = np.zeros((part.rows, 4), dtype=np.float32)
    vectors[:, 0], vectors[:, 1] = np.cos(angles), np.sin(angles)
    payloads = [payload_of(record(start + row).metadata) for row in range(part.rows)]
    return Points(ids, vectors, payloads)


def record(number: int) -> ImageRecord:
    modality = Term("CT" if number % 2 else "MR", "Modality", 1.0)
    return ImageRecord(
        id=f"00000000-0000-0000-0000-{number:012}",
        content=f"{number:064}",
        metadata=Metadata(dataset="set", modality=modality),
        width=1,
        height=1,
    )


@dataclass
class Watched(ExactIndex):
    """An index that notes when it is closed."""

    closed: bool = False

    def __init__(self, *parts: Part) -> None:
        super().__init__(SPEC)
        for part in parts:
            self.upsert(points(part))

    def close(self) -> None:
        self.closed = True


@dataclass
class World:
    """A catalog that grows, and the built indexes that can be opened."""

    catalog: Catalog
    parts: list[Part] = field(default_factory=list)
    built: list[Watched] = field(default_factory=list)
    error: Exception | None = None
    loaded: list[str] = field(default_factory=list)

    def commit(self, rows: int) -> None:
        start = sum(part.rows for part in self.parts)
        part = Part(str(start), SPEC.fingerprint, rows, "a" * 64, "float32")
        self.catalog.commit(part=part, records=[record(start + row) for row in range(rows)])
        self.parts.append(part)

    def build(self) -> None:
        self.built.append(Watched(*self.parts))

    def open_built(self, version: str) -> Built | None:
        if self.error is not None:
            raise self.error
        if not self.built or version == str(len(self.built)):
            return None
        held = self.catalog.parts()[: self.held()]
        return Built(self.built[-1], frozenset(part.name for part in held), str(len(self.built)))

    def held(self) -> int:
        rows = self.built[-1].count()
        return next(
            number
            for number in range(len(self.parts) + 1)
            if sum(part.rows for part in self.parts[:number]) == rows
        )

    def load(self, part: Part) -> Points:
        self.loaded.append(part.name)
        return points(part)

    def searcher(self) -> Searcher:
        return Searcher(self.catalog, SPEC, open_built=self.open_built, load=self.load)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Every search looks whether there is something new."""
    monkeypatch.setattr(module, "_STALE_SECONDS", -1.0)
    catalog = Catalog.open(f"sqlite:///{tmp_path / 'catalog.sqlite'}")
    catalog.add_encoder(SPEC.fingerprint, "enc", 4, {})
    return World(catalog)


def found(searcher: Searcher, limit: int = 99) -> list[int]:
    return [int(hit.id[-12:]) for hit in searcher.query(QUERY, limit)]


def test_nothing_is_found_in_nothing(world: World) -> None:
    searcher = world.searcher()
    assert found(searcher) == []
    assert (searcher.backend, searcher.pending, searcher.count()) == ("exact", 0, 0)
    assert searcher.facet("modality") == {}
    searcher.close()


def test_built_and_pending_are_one_answer(world: World) -> None:
    searcher = world.searcher()
    world.commit(3)
    assert found(searcher) == [0, 1, 2]
    assert (searcher.pending, searcher.count()) == (3, 3)
    world.build()
    world.commit(2)
    assert found(searcher) == [0, 1, 2, 3, 4]
    assert found(searcher, 4) == [0, 1, 2, 3]
    assert (searcher.pending, searcher.count()) == (2, 5)
    assert searcher.facet("modality") == {"MR": 3, "CT": 2}
    assert searcher.count(eq("modality", "CT")) == 2
    assert [hit.payload["modality"] for hit in searcher.query(QUERY, 9, eq("modality", "CT"))] == [
        "CT",
        "CT",
    ]
    world.build()
    assert found(searcher) == [0, 1, 2, 3, 4]
    assert searcher.pending == 0
    searcher.close()


def test_a_part_is_read_once(world: World) -> None:
    searcher = world.searcher()
    for _ in range(3):
        world.commit(2)
        found(searcher)
        found(searcher)
    assert world.loaded == ["0", "2", "4"]
    searcher.close()


def test_an_index_is_closed_one_refresh_after_it_was_replaced(world: World) -> None:
    """Another thread may still be searching it."""
    searcher = world.searcher()
    world.commit(2)
    world.build()
    searcher.refresh()
    world.build()
    searcher.refresh()
    assert [index.closed for index in world.built] == [False, False]
    searcher.refresh()
    assert [index.closed for index in world.built] == [True, False]
    searcher.close()
    assert [index.closed for index in world.built] == [True, True]


@pytest.mark.parametrize("error", [IndexBusy("open elsewhere"), IndexUnavailable("broken")])
def test_an_index_that_cannot_be_opened_does_not_stop_a_search(
    error: Exception, world: World
) -> None:
    searcher = world.searcher()
    world.commit(3)
    world.build()
    world.error = error
    assert found(searcher) == [0, 1, 2]
    assert searcher.backend == "exact"
    world.error = None
    assert found(searcher) == [0, 1, 2]
    assert searcher.pending == 0
    world.error = error
    world.commit(1)
    assert found(searcher) == [0, 1, 2, 3]
    assert searcher.pending == 1
    searcher.close()


def test_the_first_searches_of_several_threads_wait_for_what_there_is(world: World) -> None:
    """One of them opens and loads; the others must not answer from an empty library meanwhile."""
    world.commit(3)
    loading, go_on = threading.Event(), threading.Event()

    def slowly(part: Part) -> Points:
        loading.set()
        assert go_on.wait(10)
        return points(part)

    searcher = Searcher(world.catalog, SPEC, open_built=world.open_built, load=slowly)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(found, searcher)
        assert loading.wait(10)
        second = threads.submit(found, searcher)
        threading.Timer(0.2, go_on.set).start()
        assert first.result() == [0, 1, 2]
        assert second.result() == [0, 1, 2]
    searcher.close()


def test_following_keeps_up_without_a_search(world: World) -> None:
    searcher = world.searcher()
    world.commit(1)
    searcher.follow(seconds=0.02)
    assert found(searcher) == [0]
    world.commit(2)
    assert eventually(lambda: found(searcher) == [0, 1, 2])
    searcher.close()


def test_following_goes_on_after_an_error(world: World, caplog: pytest.LogCaptureFixture) -> None:
    searcher = world.searcher()
    world.commit(1)
    searcher.follow(seconds=0.02)
    world.error = LibraryError("the catalog cannot be opened")
    assert eventually(lambda: "cannot be followed" in caplog.text)
    assert found(searcher) == [0]
    world.error = None
    world.commit(1)
    assert eventually(lambda: found(searcher) == [0, 1])
    searcher.close()


def eventually(condition: Callable[[], bool], seconds: float = 5) -> bool:
    waiting = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if condition():
            return True
        waiting.wait(0.02)
    return False
