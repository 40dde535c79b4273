"""A full disk has a name; every other error keeps its own."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from radalike.errors import StorageFull
from radalike.storage import storage_errors, sync_folder


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


def test_other_errors_are_passed_on() -> None:
    with pytest.raises(PermissionError), storage_errors():
        raise PermissionError(errno.EACCES, "no")
    with pytest.raises(KeyError), storage_errors():
        raise KeyError


def test_sync_folder(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    for _ in range(5):
        sync_folder(tmp_path)
    if before:
        assert len(os.listdir("/proc/self/fd")) == before
    with pytest.raises(FileNotFoundError):
        sync_folder(tmp_path / "none")
