"""A library on a Qdrant server: here on qdrant-client's engine in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from qdrant_client import QdrantClient

from radalike.errors import InvalidSetting
from radalike.library import Library
from radalike.library.indexing import opening
from tests.conftest import LibraryOpener
from tests.radalike.pictures import image_inputs

pytestmark = [
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact .brute-force. search"),
]


class Server(QdrantClient):
    """Stays open, since what is in memory would be gone with the first client that is closed;
    calls `before_upsert` before anything is written."""

    before_upsert: Callable[[], object] | None = None

    def close(self, grpc_grace: float | None = None, **_: object) -> None:
        pass

    def upsert(self, *arguments: Any, **options: Any) -> Any:
        if self.before_upsert is not None:
            self.before_upsert()
        return super().upsert(*arguments, **options)


@pytest.fixture
def server() -> Server:
    return Server(":memory:")


@pytest.fixture
def served(
    server: Server,
    library_copy: Path,
    open_library: LibraryOpener,
    monkeypatch: pytest.MonkeyPatch,
) -> Library:
    """The small library on a server that holds nothing yet; each search looks for news."""
    monkeypatch.setattr(opening, "server_client", lambda _library: server)
    monkeypatch.setattr("radalike.library.search.searcher._STALE_SECONDS", -1.0)
    return open_library(library_copy, backend="server", qdrant_url="http://server:6333")


def found(library: Library, image: str) -> list[str]:
    return [hit.id for hit in library.similar_to(image, 99).hits]


def test_it_is_searched_exactly_until_it_is_built_and_then_on_the_server(served: Library) -> None:
    image, *others = served.metadata()
    assert served.searcher.backend == "exact"
    assert sorted(found(served, image)) == sorted(others)
    report = served.build_index()
    assert (report.backend, report.points, report.added, report.parts) == ("server", 60, 60, 2)
    result = served.similar_to(image, 99)
    assert result.backend == "server"
    assert sorted(hit.id for hit in result.hits) == sorted(others)
    assert (served.index_state().indexed, served.index_state().pending) == (60, 0)


def test_it_is_built_part_by_part(served: Library) -> None:
    served.build_index()
    assert served.build_index().added == 0
    served.add(image_inputs(3, start=60))
    assert served.searcher.pending == 3
    image, *others = served.metadata()
    assert sorted(found(served, image)) == sorted(others)
    seen: list[tuple[int, int]] = []
    report = served.build_index(progress=lambda *step: seen.append(step))
    assert (report.points, report.added) == (63, 3)
    assert seen == [(3, 3)]
    assert served.searcher.pending == 0
    assert sorted(found(served, image)) == sorted(others)


def test_searches_are_whole_while_it_is_built_anew(served: Library, server: Server) -> None:
    """The new collection is filled beside the old one, and swapped in."""
    served.build_index()
    image, *others = served.metadata()
    assert len(found(served, image)) == len(others)
    during: list[int] = []
    server.before_upsert = lambda: during.append(len(found(served, image)))
    served.build_index(full=True)
    assert set(during) == {len(others)}
    assert sorted(found(served, image)) == sorted(others)


def test_a_server_needs_an_address(library_copy: Path, open_library: LibraryOpener) -> None:
    library = open_library(library_copy, backend="server")
    with pytest.raises(InvalidSetting, match="needs the address") as caught:
        library.build_index()
    assert "RADALIKE_QDRANT_URL" in caught.value.hint
