"""Every file is seen, or an error says that it was not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from radalike.errors import LibraryError
from radalike.library.erasure import files
from radalike.library.erasure.files import every_file


def _tree(root: Path) -> Path:
    for name in ("a/1", "a/b/2", "c/3"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return root


def _names(root: Path, skipped: Path | None = None) -> list[str]:
    return sorted(path.name for path in every_file(root, skipped))


def test_links_to_folders_are_followed_once(tmp_path: Path) -> None:
    root, other = _tree(tmp_path / "root"), tmp_path / "other"
    other.mkdir()
    (other / "4").touch()
    (root / "elsewhere").symlink_to(other)
    (root / "again").symlink_to(other)
    (other / "back").symlink_to(root)
    (root / "a" / "link").symlink_to(other / "4")
    assert _names(root) == ["1", "2", "3", "4"]
    assert _names(root, root / "a") == ["3", "4"]


def test_what_is_gone_meanwhile_is_no_error(tmp_path: Path) -> None:
    assert _names(tmp_path / "none") == []
    (tmp_path / "dangling").symlink_to(tmp_path / "none")
    assert _names(tmp_path) == []


def test_a_folder_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, real = _tree(tmp_path), os.scandir

    def scandir(path: str) -> object:
        if Path(path).name == "b":
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    with monkeypatch.context() as patched:
        patched.setattr(files.os, "scandir", scandir)
        with pytest.raises(LibraryError, match="/a/b cannot be searched: Permission") as caught:
            _names(root)
    assert "owner" in caught.value.hint
