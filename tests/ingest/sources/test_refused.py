"""What came over the network and was refused, tried again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from ingest.receiver.settling import settled_in
from ingest.sources.refused import RefusedSource
from ingest.sources.source import Source, SourceItem
from ingest.sources.spool import Settled
from radalike.errors import RejectCode
from radalike.library import Library
from radalike.library.ingesting.refused_files import RefusedFiles
from radalike.library.privacy.pseudonyms import Privacy
from tests.conftest import LibraryOpener
from tests.contracts.source_contract import SourceContract
from tests.ingest.command_line import LIGHT, radalike
from tests.ingest.files import write_dicom
from tests.ingest.runs import adds_up, assert_sound, rejected


def _nothing(_uris: Sequence[str]) -> Mapping[str, str]:
    return {}


def _files(root: Path) -> RefusedFiles:
    refused = RefusedFiles(root / "rejected", Privacy(bytes(32)))
    refused.prepare()
    return refused


def _keep(refused: RefusedFiles, content: bytes) -> str:
    name = hashlib.sha256(content).hexdigest()
    path = refused.folder / f"{name}.received"
    path.write_bytes(content)
    refused.keep(path)
    return name


def _source(refused: RefusedFiles, settled: Settled = _nothing) -> RefusedSource:
    return RefusedSource(refused, refused.folder.parent / "opened", "local", settled)


class TestRefused(SourceContract):
    """Files are named by what they hold: here each holds the name that the suite gives it."""

    def source(self, root: Path, names: Sequence[str]) -> Source:
        refused = _files(root)
        for name in names:
            _keep(refused, name.encode())
        return _source(refused)

    def missing(self, root: Path) -> Source:
        return _source(RefusedFiles(root / "nothing" / "rejected", Privacy(bytes(32))))

    def name_of(self, root: Path, item: SourceItem) -> str:
        return _fetched(item).decode()

    def stamp_of(self, item: SourceItem) -> tuple[int, int]:
        """The time says nothing: the same content may come at any time."""
        return len(_fetched(item)), 0


def _fetched(item: SourceItem) -> bytes:
    assert not isinstance(item.content, Path | bytes)
    fetch: Callable[[], Path] = item.content.fetch  # type: ignore[union-attr]
    content = fetch().read_bytes()
    item.content.release()  # type: ignore[union-attr]
    return content


def test_an_opened_file_is_there_until_it_is_released(tmp_path: Path) -> None:
    refused = _files(tmp_path)
    _keep(refused, b"content")
    (item,) = _source(refused).items()
    path = item.content.fetch()  # type: ignore[union-attr]
    assert path.read_bytes() == b"content"
    assert path.parent.stat().st_mode & 0o777 == 0o700
    item.content.release()  # type: ignore[union-attr]
    assert not path.exists()
    folder = path.parent
    del item
    assert not folder.exists()


@pytest.fixture
def library(open_library: LibraryOpener, tmp_path: Path) -> Library:
    library = open_library(tmp_path / "library", backend="exact")
    RefusedFiles(library.layout.spool_rejects, library.privacy).prepare()
    return library


def test_what_can_be_read_now_enters_and_the_rest_stays(library: Library, tmp_path: Path) -> None:
    refused = RefusedFiles(library.layout.spool_rejects, library.privacy)
    good = _keep(refused, write_dicom(tmp_path / "good.dcm", 1).read_bytes())
    bad = _keep(refused, write_dicom(tmp_path / "bad.dcm", 2).read_bytes()[:-900])
    torn = _keep(refused, write_dicom(tmp_path / "torn.dcm", 3).read_bytes())
    refused.path(torn).write_bytes(refused.path(torn).read_bytes()[:-1])
    text = _keep(refused, b"Dear all")
    source = RefusedSource(refused, tmp_path / "opened", "ward", settled_in(library))
    report = ingest(library, [source])
    assert (report.added, report.skipped, report.rejected) == (1, 1, 2)
    assert adds_up(report)
    assert rejected(library) == {RejectCode.UNREADABLE: 1, RejectCode.TRUNCATED: 1}
    assert sorted(refused.contents()) == sorted((bad, torn))
    assert {good, text} & set(refused.contents()) == set()
    again = ingest(library, [RefusedSource(refused, tmp_path / "opened", "", settled_in(library))])
    assert (again.discovered, again.rejected, library.catalog.totals()["rejected"]) == (2, 2, 2)
    assert_sound(library)


def test_the_command_tries_again(tmp_path: Path) -> None:
    with Library.open(tmp_path / "library", create=True) as library:
        refused = RefusedFiles(library.layout.spool_rejects, library.privacy)
        refused.prepare()
        _keep(refused, write_dicom(tmp_path / "good.dcm", 1).read_bytes())
    at = ("--library", tmp_path / "library")
    done = radalike("ingest", refused.folder, "--json", *at, command=LIGHT)
    assert (done.code, done.json["added"], done.json["rejected"]) == (0, 1, 0)
    assert list(refused.contents()) == []
    assert list((tmp_path / "library" / "spool" / "fetched").iterdir()) == []
