"""A full disk has a name; every other error keeps its own."""

from __future__ import annotations

import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from radalike.errors import StorageDenied, StorageFull, UsageError
from radalike.storage import (
    exported_file,
    replace_text,
    replaced,
    replacing,
    storage_errors,
    sync_folder,
)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_no_room_is_storage_full(code: int) -> None:
    with pytest.raises(StorageFull) as caught, storage_errors():
        raise OSError(code, os.strerror(code))
    assert isinstance(caught.value.__cause__, OSError)
    assert "run the same command again" in caught.value.hint


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_device() -> None:
    with pytest.raises(StorageFull), storage_errors(), open("/dev/full", "wb", 0) as file:
        file.write(b"x")


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_a_place_that_may_not_be_written_is_named(code: int) -> None:
    with (
        pytest.raises(StorageDenied, match="/srv/index cannot be written") as caught,
        storage_errors(),
    ):
        raise OSError(code, os.strerror(code), "/srv/index")
    assert "who owns it" in caught.value.hint


def test_other_errors_are_passed_on() -> None:
    with pytest.raises(FileNotFoundError), storage_errors():
        raise FileNotFoundError(errno.ENOENT, "no")
    with pytest.raises(KeyError), storage_errors():
        raise KeyError


@pytest.mark.parametrize("synced", [True, False])
def test_what_is_replaced_is_whole_or_as_it_was(tmp_path: Path, synced: bool) -> None:
    path = tmp_path / "file"
    replace_text(path, "one", synced=synced)
    with replacing(path, synced=synced) as file:
        file.write(b"two")
        assert path.read_bytes() == b"one"
    with pytest.raises(TypeError), replaced(path, synced=synced) as temporary:
        temporary.write_bytes("half")  # type: ignore[arg-type]
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_many_that_replace_one_file_at_once(tmp_path: Path) -> None:
    path, texts = tmp_path / "file", [str(number) * 1000 for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: replace_text(path, text), texts))
    assert path.read_text() in texts
    assert list(tmp_path.iterdir()) == [path]


def test_sync_folder(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    for _ in range(5):
        sync_folder(tmp_path)
    if before:
        assert len(os.listdir("/proc/self/fd")) == before
    with pytest.raises(FileNotFoundError):
        sync_folder(tmp_path / "none")


@pytest.mark.parametrize(("private", "mode"), [(True, 0o600), (False, 0o644)])
def test_an_exported_file_is_whole_or_not_there(tmp_path: Path, private: bool, mode: int) -> None:
    path = tmp_path / "marks.csv"
    before = os.umask(0o022)
    try:
        with exported_file(path, private=private) as file:
            file.write(b"one")
            assert not path.exists()
        with pytest.raises(TypeError), exported_file(path, private=private) as file:
            file.writelines([b"half", "text"])  # type: ignore[list-item]
    finally:
        os.umask(before)
    assert path.read_bytes() == b"one"
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_and_a_place_that_is_none_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(StorageFull), exported_file(tmp_path / "a", private=True):
        raise OSError(errno.ENOSPC, "No space left on device")
    missing = exported_file(tmp_path / "missing" / "a", private=True)
    with pytest.raises(UsageError, match="cannot be written: No such file"), missing:
        pytest.fail("there is no such folder")
    assert not list(tmp_path.iterdir())
