"""`radalike erase`."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from radalike.library import Library
from tests.radalike.cli.conftest import Radalike
from tests.radalike.library.erasures import A, ids_of, images, open_small

FIELDS = {
    "patient",
    "images",
    "vectors",
    "parts_rewritten",
    "index_points",
    "thumbnails",
    "spool_files",
    "rejects",
    "scanned_files",
    "found",
    "unreadable_spool_files",
    "unattributed_rejects",
}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """Three images of a patient and two of another."""
    with open_small(tmp_path / "library", backend="exact") as opened:
        opened.add(images(opened.privacy.pseudonym("patient", "KIS", A), range(3), "a"))
        opened.add(images("other", range(5, 7), "b"))
        yield opened


def test_json(radalike: Radalike, library: Library) -> None:
    at = ("--library", library.layout.root, "--issuer", "KIS", "--yes", "--json")
    answer = radalike("erase", "--patient", A, *at)
    assert (answer.code, answer.err) == (0, "")
    assert set(answer.json) == FIELDS
    assert answer.json["patient"] == library.privacy.pseudonym("patient", "KIS", A)
    assert (answer.json["images"], answer.json["vectors"], answer.json["found"]) == (3, 3, 0)
    assert A not in answer.out
    assert library.catalog.totals()["images"] == 2


def test_words(radalike: Radalike, library: Library) -> None:
    pseudonym = library.privacy.pseudonym("patient", "KIS", A)
    at = ("--library", library.layout.root)
    answer = radalike("erase", "--patient", pseudonym, "--yes", *at)
    assert answer.code == 0
    assert "Erased: 3 images, 3 vectors, 0 index points, 3 thumbnails" in answer.words
    assert "no traces are left" in answer.words


def test_the_number_can_be_given_out_of_sight(
    radalike: Radalike, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{A}\n"))
    at = ("--library", library.layout.root, "--issuer", "KIS", "--yes", "--json")
    assert radalike("erase", "--patient", "-", *at).json["images"] == 3


def test_nobody_is_erased_unasked(
    radalike: Radalike, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("erase", "--patient", "other", "--library", library.layout.root)
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert radalike(*command).code == 2

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    assert radalike(*command).code == 130
    assert len(ids_of(library, "other")) == 2
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    assert radalike(*command).code == 0
    assert len(ids_of(library, "other")) == 0


def test_a_trace_that_is_left_is_a_finding(radalike: Radalike, library: Library) -> None:
    pseudonym = library.privacy.pseudonym("patient", "KIS", A)
    (library.layout.root / "notes.txt").write_text(f"about {pseudonym}")
    command = ("erase", "--patient", pseudonym, "--yes", "--library", library.layout.root)
    answer = radalike(*command, "--json")
    assert (answer.code, answer.json["found"]) == (1, 1)
    (library.layout.root / "notes.txt").unlink()
    assert radalike(*command).code == 0


@pytest.mark.parametrize("patient", ["MRN-9", "", "0" * 32])
def test_an_unknown_patient(radalike: Radalike, library: Library, patient: str) -> None:
    command = ("erase", "--patient", patient, "--yes", "--library", library.layout.root)
    answer = radalike(*command)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("radalike: no such patient in this library\n  give the PatientID")
    assert radalike(*command, "--json").json["kind"] == "RecordNotFound"


def test_a_library_that_is_written_to(radalike: Radalike, library: Library) -> None:
    command = ("erase", "--patient", "other", "--yes", "--library", library.layout.root)
    with library.writer(), patch.object(sys, "argv", ["radalike", "ingest"]):
        answer = radalike(*command)
    assert answer.code == 3
    assert "another process is writing to this library" in answer.err
