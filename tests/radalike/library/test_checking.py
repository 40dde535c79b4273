"""Parts, catalog and index are held against each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from radalike.index.edge import EdgeIndex
from radalike.library import Library
from radalike.library.checking import Finding, check_library
from radalike.library.indexing.opening import open_built
from tests.conftest import LibraryOpener


@pytest.fixture
def library_at_work(library_copy: Path, open_library: LibraryOpener) -> Library:
    return open_library(library_copy)


def findings(library: Library) -> list[Finding]:
    return check_library(library, lambda _done, _total: None)


def part_files(library: Library) -> list[Path]:
    folder = library.layout.embeddings(library.fingerprint)
    return [folder / part.name for part in library.catalog.parts()]


def replaced(path: Path, content: bytes) -> None:
    """Whoever has the old file open keeps it as it was."""
    path.with_suffix(".new").write_bytes(content)
    path.with_suffix(".new").replace(path)


def test_a_sound_library(library_at_work: Library) -> None:
    seen: list[tuple[int, int]] = []
    assert check_library(library_at_work, lambda *step: seen.append(step)) == []
    assert seen == [(1, 2), (2, 2)]


def test_a_changed_part(library_at_work: Library) -> None:
    path = part_files(library_at_work)[1]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    replaced(path, bytes(data))
    (finding,) = findings(library_at_work)
    assert finding.what == f"part {path.name}"
    assert "not what the catalog says" in finding.problem
    assert "restore it" in finding.way_out


def test_a_part_that_is_gone(library_at_work: Library) -> None:
    one, two = part_files(library_at_work)
    one.unlink()
    two.unlink()
    assert [finding.what for finding in findings(library_at_work)] == [
        f"part {one.name}",
        f"part {two.name}",
    ]


def test_an_index_that_lost_points(library_at_work: Library) -> None:
    built = open_built(library_at_work, "")
    assert built is not None
    built.index.delete(list(next(built.index.scroll(page=7)).ids))
    built.index.flush()
    built.index.close()
    (finding,) = findings(library_at_work)
    assert finding == Finding(
        "index", "53 points, its parts have 60 rows", "`radalike index build --full`"
    )


def test_an_index_that_is_open_is_not_checked_and_that_is_said(library_at_work: Library) -> None:
    assert library_at_work.searcher.backend == "edge"
    (finding,) = findings(library_at_work)
    assert finding.what == "index"
    assert finding.problem.startswith("not checked")


def test_an_index_that_cannot_be_opened(library_at_work: Library) -> None:
    built = open_built(library_at_work, "")
    assert built is not None
    assert isinstance(built.index, EdgeIndex)
    built.index.close()
    folder = library_at_work.layout.index(library_at_work.fingerprint) / "gen-000001"
    for path in folder.glob("*.json"):
        path.write_text("broken")
    (finding,) = findings(library_at_work)
    assert finding.what == "index"
    assert "cannot be opened" in finding.problem


def test_without_an_index_the_parts_are_checked(
    tmp_path: Path, library_copy: Path, open_library: LibraryOpener
) -> None:
    assert findings(open_library(library_copy, backend="exact")) == []
    assert findings(open_library(tmp_path / "empty")) == []
