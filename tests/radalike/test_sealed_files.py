from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radalike import sealed_files
from radalike.errors import LibraryError
from radalike.sealed_files import open_sealed, opened_bytes, seal

_KEY, _OTHER = bytes(32), bytes(31) + b"\1"
_PIECE, _TAG, _HEADER = 64 * 1024, 16, 32
_SIZES = (0, 1, _PIECE - 1, _PIECE, _PIECE + 1, 2 * _PIECE, 3 * _PIECE + 7)


def _sealed(path: Path, content: bytes, key: bytes = _KEY) -> Path:
    with path.open("wb") as target:
        seal(io.BytesIO(content), target, key)
    return path


def _read(path: Path, key: bytes = _KEY) -> bytes:
    with open_sealed(path, key) as opened:
        return opened.read()


@pytest.mark.parametrize("size", _SIZES)
def test_what_is_sealed_is_read_again(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    path = _sealed(tmp_path / "file", content)
    assert _read(path) == content
    assert opened_bytes(path.stat().st_size) == size


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), size=st.integers(0, 100))
def test_every_place_of_it_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: st.DataObject, size: int
) -> None:
    """As of a file that is not sealed; with small pieces, so that many are passed."""
    monkeypatch.setattr(sealed_files, "_PIECE_BYTES", 8)
    monkeypatch.setattr(sealed_files, "_SEALED_BYTES", 8 + _TAG)
    content = os.urandom(size)
    plain = io.BytesIO(content)
    whences = st.sampled_from((os.SEEK_SET, os.SEEK_CUR, os.SEEK_END))
    with open_sealed(_sealed(tmp_path / "file", content), _KEY) as opened:
        for _ in range(5):
            whence = data.draw(whences)
            offset = data.draw(st.integers(-size if whence == os.SEEK_END else 0, 20))
            assert opened.seek(offset, whence) == plain.seek(offset, whence)
            length = data.draw(st.integers(0, 40))
            assert opened.read(length) == plain.read(length)
            assert opened.tell() == plain.tell()


def test_it_says_nothing_of_its_content(tmp_path: Path) -> None:
    content = b"Doe^Jane" * 20_000
    first, second = _sealed(tmp_path / "1", content), _sealed(tmp_path / "2", content)
    assert b"Doe" not in first.read_bytes()
    assert len({first.read_bytes()[start:][:16] for start in range(0, 60_000, 8)}) == 7500
    assert first.read_bytes()[_HEADER:] != second.read_bytes()[_HEADER:]


def _assert_damaged(path: Path, key: bytes = _KEY) -> None:
    with pytest.raises(LibraryError, match="damaged, or was sealed under another key"):
        _read(path, key)


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    _assert_damaged(_sealed(tmp_path / "file", b"content"), _OTHER)


@pytest.mark.parametrize("place", [0, 15, 16, 31, 32, 40, 32 + _PIECE, -1])
def test_a_changed_byte_is_noticed(tmp_path: Path, place: int) -> None:
    path = _sealed(tmp_path / "file", bytes(2 * _PIECE))
    damaged = bytearray(path.read_bytes())
    damaged[place] ^= 1
    path.write_bytes(damaged)
    _assert_damaged(path)


_PIECES = [
    slice(start, start + _PIECE + _TAG) for start in range(_HEADER, 3 * _PIECE, _PIECE + _TAG)
]


@pytest.mark.parametrize(
    "order", [(0, 1), (0,), (), (1, 0, 2), (0, 2), (0, 1, 2, 2), (1, 2)], ids=str
)
def test_pieces_that_are_missing_moved_or_added_are_noticed(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    path = _sealed(tmp_path / "file", os.urandom(3 * _PIECE))
    whole = path.read_bytes()
    path.write_bytes(whole[:_HEADER] + b"".join(whole[_PIECES[number]] for number in order))
    _assert_damaged(path)


@pytest.mark.parametrize("size", [0, 10, _HEADER, _HEADER + 5, _HEADER + _TAG - 1, _HEADER + _TAG])
def test_a_file_that_is_cut_is_noticed(tmp_path: Path, size: int) -> None:
    path = _sealed(tmp_path / "file", b"content")
    path.write_bytes(path.read_bytes()[:size])
    _assert_damaged(path)


def test_a_piece_of_another_file_is_noticed(tmp_path: Path) -> None:
    """Even one of the same content and place."""
    content = os.urandom(_PIECE + 1)
    first, second = _sealed(tmp_path / "1", content), _sealed(tmp_path / "2", content)
    mine, other = first.read_bytes(), second.read_bytes()
    first.write_bytes(mine[: _PIECES[0].stop] + other[_PIECES[0].stop :])
    _assert_damaged(first)
