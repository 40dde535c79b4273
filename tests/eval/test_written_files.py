from __future__ import annotations

from pathlib import Path

import pytest

from eval.written_files import write_png
from radalike.errors import UsageError


def test_a_picture_is_written_whole_in_a_folder_that_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.png"
    write_png(path, b"one")
    write_png(path, b"two")
    assert path.read_bytes() == b"two"
    assert [each.name for each in path.parent.iterdir()] == ["a.png"]


def test_where_it_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a\.jpg is no name"):
        write_png(tmp_path / "a.jpg", b"")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        write_png(tmp_path / "file" / "a.png", b"")
    (tmp_path / "b.png").mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        write_png(tmp_path / "b.png", b"x")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["b.png", "file"]
