"""Hashes are read once, and again as soon as anything about the file has changed."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from pathlib import Path

import pytest

from radalike.encoders import file_hashes
from radalike.encoders.file_hashes import FileHashes


class Reads:
    """How often a file was read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        read = file_hashes.sha256_of

        def counted(path: Path) -> str:
            self.count += 1
            return read(path)

        monkeypatch.setattr(file_hashes, "sha256_of", counted)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    return Reads(monkeypatch)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is old enough."""
    path = tmp_path / "weights"
    path.write_bytes(b"weights")
    now = time.time() + 60
    monkeypatch.setattr(file_hashes.time, "time", lambda: now)
    return path


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_file_is_read_once_by_any_number_of_processes(
    file: Path, reads: Reads, tmp_path: Path
) -> None:
    for _ in range(3):
        assert FileHashes(tmp_path / "hashes.json").sha256(file) == sha256(b"weights")
    assert reads.count == 1


def test_without_a_place_to_remember_it_is_read_each_time(file: Path, reads: Reads) -> None:
    for _ in range(2):
        FileHashes(None).sha256(file)
    assert reads.count == 2


def test_another_content_of_the_same_size_is_seen(file: Path, tmp_path: Path) -> None:
    hashes = FileHashes(tmp_path / "hashes.json")
    hashes.sha256(file)
    file.write_bytes(b"weighty")
    assert hashes.sha256(file) == sha256(b"weighty")


def test_a_time_that_was_set_back_does_not_hide_it(file: Path, tmp_path: Path) -> None:
    hashes = FileHashes(tmp_path / "hashes.json")
    hashes.sha256(file)
    said = file.stat()
    file.write_bytes(b"weighty")
    os.utime(file, ns=(said.st_atime_ns, said.st_mtime_ns))
    assert hashes.sha256(file) == sha256(b"weighty")


def test_a_file_that_took_its_place_is_seen(file: Path, tmp_path: Path) -> None:
    hashes = FileHashes(tmp_path / "hashes.json")
    hashes.sha256(file)
    other = tmp_path / "other"
    other.write_bytes(b"weighty")
    shutil.copystat(file, other)
    other.replace(file)
    assert hashes.sha256(file) == sha256(b"weighty")


def test_a_file_that_was_just_written_is_not_trusted(tmp_path: Path, reads: Reads) -> None:
    """Another write could leave the same times."""
    path = tmp_path / "weights"
    path.write_bytes(b"weights")
    for _ in range(2):
        FileHashes(tmp_path / "hashes.json").sha256(path)
    assert reads.count == 2


@pytest.mark.parametrize("content", [b"", b"[]", b'{"x": 1}', b"\xff"])
def test_a_memory_that_is_damaged_remembers_nothing(
    content: bytes, file: Path, tmp_path: Path
) -> None:
    (tmp_path / "hashes.json").write_bytes(content)
    assert FileHashes(tmp_path / "hashes.json").sha256(file) == sha256(b"weights")


def test_an_entry_that_makes_no_sense_is_not_believed(file: Path, tmp_path: Path) -> None:
    (tmp_path / "hashes.json").write_text(f'{{"{file}": ["x"]}}')
    assert FileHashes(tmp_path / "hashes.json").sha256(file) == sha256(b"weights")


def test_where_nothing_can_be_kept_it_works_all_the_same(file: Path, tmp_path: Path) -> None:
    hashes = FileHashes(file / "hashes.json")
    assert hashes.sha256(file) == sha256(b"weights")


def test_files_that_are_gone_are_forgotten(file: Path, tmp_path: Path) -> None:
    hashes = FileHashes(tmp_path / "hashes.json")
    hashes.sha256(file)
    other = tmp_path / "other"
    other.write_bytes(b"other")
    file.unlink()
    hashes.sha256(other)
    assert "weights" not in (tmp_path / "hashes.json").read_text()
