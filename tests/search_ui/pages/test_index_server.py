"""An index server that goes away and returns, while the page is open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import ResponseHandlingException

import radalike.index.server
from radalike.library import Library
from radalike.settings import load_settings
from search_ui.opening import opening
from tests.search_ui.page_driver import address, cards, messages, open_page, run

pytestmark = [
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant"),
    pytest.mark.filterwarnings("ignore:Local mode performs exact"),
]


@dataclass
class Line:
    """The way to a server: all that is asked through it fails while it is cut."""

    client: QdrantClient
    cut: bool = False

    def close(self) -> None:
        """What the server holds stays."""

    def __getattr__(self, name: str) -> Any:
        if self.cut:
            raise ResponseHandlingException(ConnectionRefusedError("nobody is there"))
        return getattr(self.client, name)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    made = Line(QdrantClient(":memory:"))
    monkeypatch.setattr(radalike.index.server, "connect", lambda _url, _key: made)
    monkeypatch.setenv("RADALIKE_BACKEND", "server")
    monkeypatch.setenv("RADALIKE_QDRANT_URL", "http://127.0.0.1:6333")
    yield made
    made.cut = False
    opening().close()


def test_the_page_says_so_and_goes_on(
    own_folder: Path, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.open(own_folder, settings=load_settings(library=own_folder)) as library:
        library.build_index()
        query = next(iter(library.metadata()))
    page = run(open_page(own_folder, monkeypatch), like=query)
    found = cards(page)
    assert "does not answer" not in messages(page)

    line.cut = True
    page.run()
    assert "The index server does not answer" in messages(page)
    assert cards(page) == found
    assert not page.error

    line.cut = False
    page.run()
    assert "does not answer" not in messages(page)
    assert cards(page) == found
    assert address(page)["like"] == [query]


def test_a_server_that_is_away_when_the_page_starts(
    own_folder: Path, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.open(own_folder, settings=load_settings(library=own_folder)) as library:
        library.build_index()
        query = next(iter(library.metadata()))
    line.cut = True
    page = run(open_page(own_folder, monkeypatch), like=query)
    assert len(cards(page)) == 20
    assert "The index server does not answer" in messages(page)
