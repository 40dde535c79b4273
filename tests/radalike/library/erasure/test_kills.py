"""Erasures that are killed, and searches that go on meanwhile, in other processes."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest
from qdrant_client import QdrantClient

from radalike.errors import UsageError
from radalike.library import Library
from radalike.library.checking import check_library
from radalike.library.indexing import opening, projection
from radalike.library.vectors import stored_vectors
from radalike.locks import Lock
from tests.radalike.library.erasures import A, B, fill, found_by_searching, ids_of, open_small

ROOT = Path(__file__).parents[4]

ERASE = """
import os, signal, sys
from pathlib import Path
from radalike.library.erasure import erase
from tests.radalike.library.erasures import A, open_small

owner = erase.erasing if hasattr(erase.erasing, sys.argv[2]) else erase
step = getattr(owner, sys.argv[2])

def killed(*arguments, **named):
    if sys.argv[3] == "after":
        step(*arguments, **named)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, sys.argv[2], killed)
open_small(Path(sys.argv[1])).erase_patient(A)
"""

SEARCH = """
import sys, time
from pathlib import Path
from radalike.library import Library
from tests.radalike.library.erasures import found_by_searching, open_small, picture

with open_small(Path(sys.argv[1])) as library:
    vector = library.encoder.encode([picture(0)])[0]
    library.searcher.follow(0.02)
    while not Path(sys.argv[2]).exists():
        hits = [hit.id for hit in library.search(vector, 999).hits]
        assert len(hits) == len(set(hits)), "an image twice"
        print(time.monotonic(), library.searcher.backend, *hits, flush=True)
        time.sleep(0.01)
"""

MOMENTS = [
    ("new_part", "after"),
    ("erase_rows", "after"),
    ("erase_from_indexes", "before"),
    ("prove", "after"),
    *(
        pytest.param(*moment, marks=pytest.mark.slow)
        for moment in (
            ("write_plan", "before"),
            ("write_plan", "after"),
            ("erase_rows", "before"),
            ("scrub", "after"),
            ("_remove_files", "after"),
            ("remove_plan", "after"),
        )
    ),
]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("filled") / "library"
    with open_small(root) as library:
        fill(library, index=True)
    return root


@pytest.fixture
def root(filled: Path, tmp_path: Path) -> Path:
    return Path(copytree(filled, tmp_path / "library"))


def script(text: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", text, *map(str, arguments)]


@pytest.fixture(scope="module")
def undisturbed(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The report of an erasure that nobody killed."""
    root = copytree(filled, tmp_path_factory.mktemp("undisturbed") / "library")
    with open_small(Path(root)) as library:
        return replace(library.erase_patient(A), scanned_files=0).as_json()


@pytest.mark.slow
@pytest.mark.parametrize(("step", "when"), MOMENTS, ids=lambda word: str(word))
def test_a_killed_erasure_is_finished_by_the_next(
    root: Path, step: str, when: str, undisturbed: dict[str, object]
) -> None:
    done = subprocess.run(script(ERASE, root, step, when), cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    (root / "ingest.lock.holder").unlink(missing_ok=True)  # of the killed process
    with open_small(root) as library:
        a, b = (library.privacy.pseudonym("patient", "", name) for name in (A, B))
        others = ids_of(library, b)
        left = others | ids_of(library, a)
        with open_small(root) as searching:  # and closes its index
            assert found_by_searching(searching) == left
        if step == "remove_plan":
            assert not ids_of(library, a)
        else:
            report = library.erase_patient(A)
            assert replace(report, scanned_files=0).as_json() == undisturbed
        assert check_library(library, lambda _done, _total: None) == []
        assert found_by_searching(library) == others
        on_disk = {path.name for path in root.glob("embeddings/*/*")}
        assert on_disk == {part.name for part in library.catalog.parts()}
    assert not (root / "erasing").exists()
    assert not list(root.rglob("*.tmp"))


def test_whoever_comes_next_finishes_a_killed_erasure(root: Path) -> None:
    subprocess.run(script(ERASE, root, "erase_rows", "after"), cwd=ROOT, check=False)
    with open_small(root) as library:
        report = library.erase_patient(B)
        assert report.found == 0
        assert library.catalog.totals()["images"] == 0
    assert not list(root.rglob("*.jpg"))
    assert not list(root.rglob("*.parquet"))


@pytest.fixture
def searching(root: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that searches all the time and says what it finds."""
    stop, out = tmp_path / "stop", tmp_path / "found"
    with out.open("w") as file:
        process = subprocess.Popen(
            script(SEARCH, root, stop), cwd=ROOT, stdout=file, stderr=subprocess.PIPE, text=True
        )
        while "edge" not in out.read_text() and process.poll() is None:
            time.sleep(0.02)
        yield process
        stop.touch()
        process.communicate(timeout=60)


def test_searches_of_another_process_go_on_and_find_the_patient_no_more(
    root: Path, tmp_path: Path, searching: subprocess.Popen[str]
) -> None:
    with open_small(root) as library:
        a = library.privacy.pseudonym("patient", "", A)
        gone = ids_of(library, a)
        assert library.erase_patient(A).found == 0
        finished = time.monotonic()
        left = {image for image, _ in library.catalog.metadata()}
    time.sleep(1.5)
    (tmp_path / "stop").touch()
    _, said = searching.communicate(timeout=60)
    assert (searching.returncode, said) == (0, "")
    answers = [line.split() for line in (tmp_path / "found").read_text().splitlines()]
    assert {backend for _, backend, *_ in answers} == {"edge", "exact"}
    before, *_ = answers
    assert set(before[2:]) == gone | left
    after = [each for each in answers if float(each[0]) > finished + 0.2]
    assert len(after) > 10
    assert all(set(each[2:]) == left for each in after)
    assert all(set(each[2:]) in (left, gone | left) for each in answers)
    assert after[-1][1] == "edge"  # the one that was built anew


# -- a Qdrant server -------------------------------------------------------------------------------


class Server(QdrantClient):
    """qdrant-client's engine in memory, which would be gone with the first client closed."""

    def close(self, grpc_grace: float | None = None, **_: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Library, Server]]:
    server = Server(":memory:")
    monkeypatch.setattr(opening, "server_client", lambda _library: server)
    monkeypatch.setattr("radalike.library.search.searcher._STALE_SECONDS", -1.0)
    with open_small(tmp_path / "served", backend="server", qdrant_url="http://one:1") as library:
        yield library, server


@pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")
@pytest.mark.filterwarnings("ignore:Local mode performs exact .brute-force. search")
def test_the_points_on_a_server_are_deleted(served: tuple[Library, Server]) -> None:
    library, server = served
    a, b = fill(library, index=True)
    others = ids_of(library, b)
    assert found_by_searching(library) == others | ids_of(library, a)
    with open_small(library.layout.root, backend="edge") as elsewhere:
        with pytest.raises(UsageError, match="another Qdrant server"):
            elsewhere.erase_patient(A)
        assert ids_of(elsewhere, a)
    report = library.erase_patient(A)
    assert (report.index_points, report.found) == (13, 0)
    (collection,) = server.get_collections().collections
    points, _ = server.scroll(collection.name, limit=99)
    assert {str(point.id) for point in points} == others
    assert found_by_searching(library) == others
    state = library.index_state()
    assert (state.indexed, state.pending) == (13, 0)
    with open_small(library.layout.root, backend="edge") as elsewhere:
        assert elsewhere.erase_patient(B, forget_servers=True).found == 0


# -- at the same moment ----------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["search", "similar"])
def test_a_part_that_is_rewritten_while_it_is_read(
    root: Path, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    """The answer is that of after the erasure, and no error."""
    erased: list[str] = []

    def erase_first() -> None:
        if not erased:
            with open_small(root, backend="exact") as other:
                erased.append(other.erase_patient(A).patient)

    readers = {"search": (projection, "read_part"), "similar": (stored_vectors, "read_rows")}
    owner, name = readers[asked]
    read = getattr(owner, name)
    monkeypatch.setattr(owner, name, lambda *given: (erase_first(), read(*given))[1])
    with open_small(root, backend="exact") as library:
        b = library.privacy.pseudonym("patient", "", B)
        others = ids_of(library, b)
        if asked == "search":
            assert found_by_searching(library) == others
        else:
            first = library.catalog.parts()[0].name  # which has both patients
            rows = library.catalog.part_metadata(first)
            asked_with = next(image for image, each in rows if each.patient == b)
            found = {hit.id for hit in library.similar_to(asked_with, 999).hits}
            assert found == others - {asked_with}
    assert len(erased) == 1


def test_it_waits_for_a_build_of_the_index(root: Path) -> None:
    with open_small(root) as library:
        lock = Lock.acquire(library.layout.index(library.fingerprint) / "build.lock")
        timer = threading.Timer(2.0, lock.release)
        timer.start()
        assert library.erase_patient(A).found == 0
        assert not timer.is_alive()
        assert library.index_state().pending == 0
