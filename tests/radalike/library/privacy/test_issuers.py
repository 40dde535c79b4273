"""Issuers of patient ids are remembered, sealed, across processes and kills."""

from __future__ import annotations

import stat
from pathlib import Path

from radalike.library.privacy.issuers import Issuers
from radalike.library.privacy.pseudonyms import Privacy

KEY = bytes(range(32))


def opened(folder: Path) -> Issuers:
    return Issuers(folder / "issuers", Privacy(KEY))


def test_what_is_noted_is_known_to_the_next(tmp_path: Path) -> None:
    first = opened(tmp_path)
    assert first.known() == frozenset()
    for issuer in ("Quellental", "", "Zürich ^ ADT1", "Quellental"):
        first.note(issuer)
    assert first.known() == opened(tmp_path).known() == {"Quellental", "Zürich ^ ADT1"}
    assert len((tmp_path / "issuers").read_bytes().split()) == 2


def test_the_file_tells_nobody(tmp_path: Path) -> None:
    opened(tmp_path).note("Quellental")
    file = tmp_path / "issuers"
    assert b"Quellental" not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_line_that_was_cut_is_passed_over(tmp_path: Path) -> None:
    opened(tmp_path).note("first")
    opened(tmp_path).note("second")
    file = tmp_path / "issuers"
    file.write_bytes(file.read_bytes()[:-5])
    assert opened(tmp_path).known() == {"first"}
    opened(tmp_path).note("third")
    assert opened(tmp_path).known() == {"first", "third"}


def test_a_hostile_export_does_not_fill_the_disk(tmp_path: Path) -> None:
    issuers = opened(tmp_path)
    issuers.note("x" * 100_000)
    assert issuers.known() == frozenset()
    assert not (tmp_path / "issuers").exists()
