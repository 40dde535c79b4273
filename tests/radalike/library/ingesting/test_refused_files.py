from __future__ import annotations

import errno
import hashlib
from pathlib import Path

import pytest

from radalike.errors import StorageFull
from radalike.library.ingesting import refused_files
from radalike.library.ingesting.refused_files import RefusedFiles
from radalike.library.privacy.pseudonyms import Privacy

_A, _B = "a" * 64, "b" * 64


@pytest.fixture
def refused(tmp_path: Path) -> RefusedFiles:
    files = RefusedFiles(tmp_path / "rejected", Privacy(bytes(32)))
    files.prepare()
    return files


def _received(folder: Path, name: str, content: bytes) -> Path:
    path = folder / f"{name}.dcm"
    path.write_bytes(content)
    return path


def _read(refused: RefusedFiles, content: str) -> bytes:
    with refused.open(content) as opened:
        return opened.read()


def test_what_is_kept_is_sealed_and_gone_from_where_it_was(
    refused: RefusedFiles, tmp_path: Path
) -> None:
    paths = [_received(tmp_path, _B, b"PatientName"), _received(tmp_path, _A, b"")]
    for path in paths:
        refused.keep(path)
        assert not path.exists()
    assert list(refused.contents()) == [_A, _B]
    assert (_read(refused, _A), _read(refused, _B)) == (b"", b"PatientName")
    assert (refused.size(_A), refused.size(_B)) == (0, 11)
    assert b"Patient" not in refused.path(_B).read_bytes()
    assert refused.path(_B).stat().st_mode & 0o777 == 0o600
    assert refused.folder.stat().st_mode & 0o777 == 0o700
    refused.delete(_A)
    refused.delete(_A)
    assert list(refused.contents()) == [_B]


def test_a_kill_between_sealing_and_removing_keeps_one_file(
    refused: RefusedFiles, tmp_path: Path
) -> None:
    for _ in range(2):
        refused.keep(_received(tmp_path, _A, b"content"))
    assert list(refused.contents()) == [_A]
    assert _read(refused, _A) == b"content"


def test_what_an_older_release_kept_as_it_came_is_sealed(refused: RefusedFiles) -> None:
    _received(refused.folder, _A, b"PatientName")
    half = refused.folder / f".{_A}.sealed.0123.tmp"
    half.write_bytes(b"half")
    refused.prepare()
    assert [path.name for path in refused.folder.iterdir()] == [f"{_A}.sealed"]
    assert _read(refused, _A) == b"PatientName"


def test_a_plain_file_of_any_name_is_kept_by_its_content(refused: RefusedFiles) -> None:
    (refused.folder / "IM0001.dcm").write_bytes(b"PatientName")
    refused.adopt()
    (content,) = refused.contents()
    assert content == hashlib.sha256(b"PatientName").hexdigest()
    assert _read(refused, content) == b"PatientName"
    assert len(list(refused.folder.iterdir())) == 1


def test_a_full_disk_leaves_the_file_and_nothing_half_sealed(
    refused: RefusedFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = _received(tmp_path, _A, b"content")
    monkeypatch.setattr(refused_files, "seal", full)
    for _ in range(3):
        with pytest.raises(StorageFull):
            refused.keep(path)
    assert path.read_bytes() == b"content"
    assert list(refused.folder.iterdir()) == []


def test_other_files_do_not_count(refused: RefusedFiles) -> None:
    for name in ("notes.txt", "abc.sealed", f"{_A}.sealed.bak", f".{_A}.sealed"):
        (refused.folder / name).touch()
    assert list(refused.contents()) == []
