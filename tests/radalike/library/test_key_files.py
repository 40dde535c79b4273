from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from radalike.errors import LibraryError
from radalike.library.key_files import make_key, read_key


def test_a_key_is_its_owner_s_alone_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "key"
    make_key(path)
    key = read_key(path, "it")
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    make_key(path)
    assert read_key(path, "it") == key
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    path = tmp_path / "key"
    make_key(path)
    key = read_key(path, "it")
    make_key(path)
    assert read_key(path, "it") == key
    assert list(tmp_path.iterdir()) == [path]


def test_one_that_is_gone_or_damaged_is_named(tmp_path: Path) -> None:
    path = tmp_path / "some.key"
    with pytest.raises(LibraryError, match="the other key cannot be read") as caught:
        read_key(path, "the other key")
    assert "some.key" in caught.value.hint
    path.write_bytes(b"short")
    with pytest.raises(LibraryError, match="the other key is damaged"):
        read_key(path, "the other key")


def test_one_that_was_never_finished_is_made(tmp_path: Path) -> None:
    """What a full disk, a kill or a power cut can leave."""
    path = tmp_path / "key"
    path.touch()
    make_key(path)
    assert len(read_key(path, "it")) == 32
