"""A better vocabulary, applied to what has been ingested by a poorer one."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from qdrant_client import QdrantClient

from radalike.errors import LibraryBusy, LibraryError
from radalike.filters import all_of, eq
from radalike.library import Library
from radalike.library.indexing import opening
from radalike.library.privacy.pseudonyms import Privacy
from radalike.library.writing.remap import Change, RemapReport, remap
from radalike.records import Term
from radalike.vocabulary import matching
from tests.ingest.conftest import OpenLibrary
from tests.ingest.files import write_dicom, write_png
from tests.ingest.runs import assert_sound, ingest_folder, ingest_manifest
from tests.ingest.vocabularies import with_words

SLICES = 3
KNEES = all_of(eq("anatomy", "knee"), eq("laterality", "R"))


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Slices of a series that today's vocabulary cannot place, one that it can, and a PNG."""
    root = tmp_path / "export"
    for number in range(SLICES):
        write_dicom(
            root / f"{number}.dcm",
            number,
            BodyPartExamined="ZORPLE",
            SeriesDescription="zorple rechts",
        )
    write_dicom(root / "chest.dcm", 10)
    write_png(root / "picture.png", 11)
    return root


@pytest.fixture
def knows_zorple(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    words = with_words(knee="zorple")
    monkeypatch.setattr(matching, "lexicon", lambda: words)
    return monkeypatch


def knees(library: Library) -> int:
    return len(library.search(some_image(library), 50, KNEES).hits)


def some_image(library: Library) -> str:
    return next(image for image, _ in library.catalog.metadata())


@pytest.mark.parametrize("backend", ["edge", "exact"])
def test_what_could_not_be_placed_is_found_by_the_new_word(
    backend: str, export: Path, open_library: OpenLibrary, knows_zorple: pytest.MonkeyPatch
) -> None:
    library = open_library(backend=backend)
    ingest_folder(library, export)
    library.build_index()
    assert library.facet("anatomy") == {"unknown": SLICES + 1, "chest": 1}
    assert library.facets().counts["anatomy"] == library.facet("anatomy")
    assert knees(library) == 0
    report = remap(library)
    assert report == RemapReport(
        changed=SLICES,
        unchanged=1,
        given=0,
        without_evidence=1,
        images=SLICES + 2,
        changes=(
            Change("anatomy", "unknown", "knee", SLICES),
            Change("laterality", "none", "R", SLICES),
        ),
        indexed=SLICES + 2 if backend == "edge" else 0,
        dry_run=False,
    )
    assert library.searcher.backend == backend
    assert library.facet("anatomy") == {"knee": SLICES, "chest": 1, "unknown": 1}
    assert library.facets().counts["anatomy"] == library.facet("anatomy")
    assert knees(library) == SLICES - 1  # without the query itself
    terms = {metadata.anatomy for _, metadata in library.catalog.metadata()}
    assert Term("knee", "BodyPartExamined", 0.85) in terms
    assert_sound(open_library())
    again = remap(library)
    assert (again.changed, again.unchanged, again.changes, again.indexed) == (0, SLICES + 1, (), 0)


def test_the_vocabulary_that_it_was_ingested_by_changes_nothing(
    export: Path, library: Library
) -> None:
    ingest_folder(library, export)
    report = remap(library)
    assert (report.changed, report.changes) == (0, ())
    assert report.unchanged + report.given + report.without_evidence == report.images


def test_a_dry_run_tells_and_writes_nothing(
    export: Path, open_library: OpenLibrary, knows_zorple: pytest.MonkeyPatch
) -> None:
    library = open_library()
    ingest_folder(library, export)
    before = list(library.catalog.metadata())
    with library.writer():  # it needs no lock, either
        report = remap(library, dry_run=True)
    assert (report.changed, report.indexed, report.dry_run) == (SLICES, 0, True)
    assert list(library.catalog.metadata()) == before
    assert knees(library) == 0
    assert remap(library).changes == report.changes


def test_a_manifest_s_word_stands(library: Library, tmp_path: Path) -> None:
    """Whatever the file itself says."""
    root = tmp_path / "set"
    write_dicom(root / "a.dcm", 1, BodyPartExamined="CHEST")
    ingest_manifest(library, root, ["a.dcm,ds,train,MR,knee"])
    report = remap(library)
    assert (report.given, report.changed, report.unchanged) == (1, 0, 0)
    assert library.facet("anatomy") == {"knee": 1}


def test_no_free_text_stands_in_the_library(export: Path, library: Library, tmp_path: Path) -> None:
    ingest_folder(library, export)
    assert any(record.evidence for record in library.catalog.records(ids(library)).values())
    for path in (tmp_path / "library").rglob("*"):
        if path.is_file():
            assert b"zorple" not in path.read_bytes().lower(), path.name


def ids(library: Library) -> list[str]:
    return [image for image, _ in library.catalog.metadata()]


def test_one_writer_at_a_time(export: Path, library: Library, open_library: OpenLibrary) -> None:
    ingest_folder(library, export)
    with library.writer(), pytest.raises(LibraryBusy, match="process"):
        remap(open_library())


def test_evidence_under_another_key(export: Path, library: Library) -> None:
    ingest_folder(library, export)
    vars(library)["privacy"] = Privacy(b"x" * 32)
    with pytest.raises(LibraryError, match="another key"):
        remap(library)


KILLED = """
import os, signal, sys
from pathlib import Path
from radalike.catalog import remapping
from radalike.library import Library
from radalike.library.writing import remap
from radalike.vocabulary import matching
from radalike.settings import load_settings
from tests.ingest.small_encoder import CELLS
from tests.ingest.vocabularies import with_words

root, moment = Path(sys.argv[1]), sys.argv[2]
words = with_words(knee="zorple")
matching.lexicon = lambda: words
remapping._PAGE = 2
pages = []
rewrite = remap.rewrite

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def second(*arguments):
    pages.append(arguments)
    if len(pages) == 2:
        die()
    rewrite(*arguments)

if moment == "page":
    remap.rewrite = second
else:
    remap._reindexed = die
settings = load_settings(library=root, workers=1, backend="edge", precision="float32")
with Library.open(root, spec=CELLS, settings=settings) as library:
    remap.remap(library)
"""


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["page", "index"])
def test_a_kill_is_mended_by_running_it_again(
    moment: str, export: Path, open_library: OpenLibrary, knows_zorple: pytest.MonkeyPatch
) -> None:
    library = open_library(backend="edge")
    ingest_folder(library, export)
    library.build_index()
    root = Path(__file__).parents[2]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(library.layout.root), moment],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": ""},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    remap(library)
    library.searcher.refresh()
    assert knees(library) == SLICES - 1
    assert library.facet("anatomy") == {"knee": SLICES, "chest": 1, "unknown": 1}
    assert_sound(open_library())
    assert not (library.layout.root / "remap.pending").exists()


class Server(QdrantClient):
    """Stays open, since what is in memory would be gone with the first client that is closed."""

    def close(self, grpc_grace: float | None = None, **_: object) -> None:
        pass


@pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")
@pytest.mark.filterwarnings("ignore:Local mode performs exact .brute-force. search")
def test_servers(export: Path, open_library: OpenLibrary, knows_zorple: pytest.MonkeyPatch) -> None:
    """That of the settings is written anew; another is noted to hold nothing."""
    server = Server(":memory:")
    knows_zorple.setattr(opening, "server_client", lambda _library: server)
    library = open_library(backend="server", qdrant_url="http://server:6333")
    ingest_folder(library, export)
    library.build_index()
    other = f"server:http://gone:6333:{library.fingerprint}"
    library.catalog.set_projected(other, [part.name for part in library.catalog.parts()])
    assert library.facet("anatomy") == {"unknown": SLICES + 1, "chest": 1}
    assert remap(library).indexed == SLICES + 2
    assert library.searcher.backend == "server"
    assert knees(library) == SLICES - 1
    assert library.catalog.projected(other) == set()
