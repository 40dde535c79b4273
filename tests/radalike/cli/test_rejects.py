"""`radalike rejects`."""

from __future__ import annotations

from pathlib import Path

import pytest

from radalike.catalog.store import Reject
from radalike.library.ingesting.refused_files import RefusedFiles
from tests.conftest import LibraryOpener
from tests.radalike.cli.conftest import Radalike

PLACE = "/exports/Jane Doe/1.dcm"
PRIVATE = f"file:{PLACE}"


@pytest.fixture
def with_rejects(library_copy: Path, open_library: LibraryOpener) -> Path:
    with open_library(library_copy) as library:
        sealed = library.privacy.seal(PRIVATE)
        rejects = [
            Reject("a" * 64, "Truncated", "it ends early", "local", None, sealed),
            Reject("b" * 64, "Empty", "the file is empty", "set", "public/2.png", None),
        ]
        library.catalog.commit(rejected=rejects)
    return library_copy


def test_none(radalike: Radalike, small_library: Path) -> None:
    answer = radalike("rejects", "--library", small_library)
    assert (answer.code, answer.out) == (0, "Nothing has been rejected.\n")
    assert radalike("rejects", "--library", small_library, "--json").json == []


def test_json(radalike: Radalike, with_rejects: Path) -> None:
    answer = radalike("rejects", "--library", with_rejects, "--json")
    assert answer.code == 0
    assert answer.json == [
        {
            "code": "Truncated",
            "reason": "it ends early",
            "source": "local",
            "item": "a" * 64,
        },
        {
            "code": "Empty",
            "reason": "the file is empty",
            "source": "set",
            "item": "public/2.png",
        },
    ]


def test_private_paths_are_shown_by_locate_only(radalike: Radalike, with_rejects: Path) -> None:
    hidden = radalike("rejects", "--library", with_rejects)
    assert "Jane" not in hidden.out
    assert "`radalike locate ITEM` shows" in hidden.out
    item = radalike("rejects", "--library", with_rejects, "--json").json[0]["item"]
    found = radalike("locate", item, "--library", with_rejects, "--json").json
    assert (found["id"], found["source"], found["place"]) == (item, "file", PLACE)
    public = radalike("rejects", "--library", with_rejects, "--json").json[1]["item"]
    assert public == "public/2.png"


def test_many(radalike: Radalike, library_copy: Path, open_library: LibraryOpener) -> None:
    with open_library(library_copy) as library:
        library.catalog.commit(
            rejected=[
                Reject(f"{number:064}", "Empty", "empty", "set", f"{number}.png", None)
                for number in range(53)
            ]
        )
    answer = radalike("rejects", "--library", library_copy)
    assert "and 3 more" in answer.out
    assert len(radalike("rejects", "--library", library_copy, "--json").json) == 53


def test_what_is_forgotten_is_listed_no_more(radalike: Radalike, with_rejects: Path) -> None:
    at = ("--library", with_rejects, "--json")
    unknown = radalike("rejects", "--forget", "public/2.png", "--forget", "c" * 64, *at)
    assert (unknown.code, unknown.json["kind"]) == (2, "RecordNotFound")
    assert len(radalike("rejects", *at).json) == 2
    left = radalike("rejects", "--forget", "a" * 64, *at)
    assert [each["item"] for each in left.json] == ["public/2.png"]
    assert radalike("rejects", "--forget", "public/2.png", *at).json == []


def test_what_is_kept_here_is_not_forgotten(
    radalike: Radalike, library_copy: Path, open_library: LibraryOpener
) -> None:
    """Nobody else may have it, and nothing else lists it."""
    with open_library(library_copy) as library:
        refused = RefusedFiles(library.layout.spool_rejects, library.privacy)
        refused.prepare()
        received = library.layout.root / "0123.dcm"
        received.write_bytes(b"as it came")
        refused.keep(received)
        sealed = library.privacy.seal("spool:0123")
        library.catalog.commit(rejected=[Reject("c" * 64, "Truncated", "", "local", None, sealed)])
    at = ("--library", library_copy)
    answer = radalike("rejects", "--forget", "c" * 64, *at)
    assert answer.code == 2
    assert str(refused.path("0123")) in answer.err.replace("\n", "")
    refused.path("0123").unlink()
    assert radalike("rejects", "--forget", "c" * 64, *at, "--json").json == []


def test_items_are_never_broken_over_lines(
    radalike: Radalike, with_rejects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert "a" * 64 in radalike("rejects", "--library", with_rejects).out
