"""Live sources are taken up as they list, and an ingest with nothing new needs no model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from ingest.pipeline import ingest
from ingest.report import IngestReport
from ingest.sources.folder import FolderSource
from ingest.sources.source import Source, SourceItem
from radalike.library import Library
from tests.ingest.conftest import OpenLibrary
from tests.ingest.files import write_pngs
from tests.ingest.runs import adds_up, assert_sound, ingest_folder

_PATIENCE = 30.0


class Announced(Source):
    """Lists a folder each time `more` is set, until `stop` is."""

    name = "announced"

    def __init__(self, root: Path) -> None:
        self._folder = FolderSource(root, "local")
        self.more = Event()
        self.stop = Event()
        self.given: set[str] = set()

    def items(self) -> Iterator[SourceItem | None]:
        while not self.stop.is_set():
            if self.more.wait(0.02):
                self.more.clear()
                for item in self._folder.items():
                    if item is not None and item.uri not in self.given:
                        self.given.add(item.uri)
                        yield item
            yield None


@pytest.fixture
def library(open_library: OpenLibrary) -> Library:
    return open_library(part_seconds=0.05)


def until(condition: Callable[[], bool]) -> None:
    waiting = Event()
    for _ in range(int(_PATIENCE / 0.05)):
        if condition():
            return
        waiting.wait(0.05)
    pytest.fail("it did not happen")


def test_what_a_live_source_lists_is_committed_while_it_goes_on(
    library: Library, tmp_path: Path
) -> None:
    """Fewer files than a batch, and nothing behind them that would push them through."""
    (tmp_path / "export").mkdir()
    source = Announced(tmp_path / "export")
    reports: list[IngestReport] = []
    thread = Thread(target=lambda: reports.append(ingest(library, [source])))
    thread.start()
    for count in (3, 5):
        write_pngs(tmp_path / "export", count)
        source.more.set()
        until(lambda count=count: library.catalog.totals()["images"] == count)  # type: ignore[misc]
    source.stop.set()
    thread.join(_PATIENCE)
    assert not thread.is_alive()
    assert (reports[0].discovered, reports[0].added) == (5, 5)
    assert adds_up(reports[0])
    assert_sound(library)


def test_stopping_ends_a_live_source_that_has_listed_nothing(
    library: Library, tmp_path: Path
) -> None:
    (tmp_path / "export").mkdir()
    source = Announced(tmp_path / "export")
    stop = Event()
    reports: list[IngestReport] = []
    thread = Thread(target=lambda: reports.append(ingest(library, [source], stop=stop)))
    thread.start()
    stop.set()
    thread.join(_PATIENCE)
    assert not thread.is_alive()
    assert reports[0].discovered == 0
    assert reports[0].interrupted


def test_an_ingest_with_nothing_new_loads_no_model(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pngs(tmp_path / "export", 4)
    ingest_folder(library, tmp_path / "export")

    def loaded(_library: Library, _precision: str = "") -> None:
        pytest.fail("the model was loaded")

    monkeypatch.setattr(Library, "load_encoder", loaded)
    report = ingest_folder(library, tmp_path / "export")
    assert (report.discovered, report.known, report.precision) == (4, 4, None)
    assert "no model needed" in "\n".join(report.sentences())
    assert adds_up(report)
