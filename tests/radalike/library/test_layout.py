"""The library's folder, made once, and what is refused."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from radalike.errors import LibraryError, LibraryNotFound, LibraryTooNew
from radalike.library.layout import FORMAT, Layout, create, open_layout, read_key


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_library(tmp_path: Path) -> None:
    root = tmp_path / "a" / "library"
    layout = create(root, "some-encoder")
    assert open_layout(root) == (layout, "some-encoder")
    assert sorted(path.name for path in root.iterdir()) == ["key", "library.toml"]
    assert mode(root) == 0o700
    assert mode(layout.key) == 0o600
    assert len(read_key(layout)) == 32


def test_two_libraries_have_two_keys(tmp_path: Path) -> None:
    assert read_key(create(tmp_path / "a", "e")) != read_key(create(tmp_path / "b", "e"))


def test_making_it_again_keeps_the_key(tmp_path: Path) -> None:
    key = read_key(create(tmp_path, "e"))
    assert read_key(create(tmp_path, "e")) == key


def test_one_that_is_there_keeps_its_default_encoder(tmp_path: Path) -> None:
    create(tmp_path, "one")
    create(tmp_path, "two")
    assert open_layout(tmp_path)[1] == "one"


def test_many_that_make_it_at_once_have_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for number in range(30):
            root = tmp_path / str(number)
            made = pool.map(lambda _, root=root: read_key(create(root, "e")), range(8))
            assert len(set(made)) == 1
            assert sorted(path.name for path in root.iterdir()) == ["key", "library.toml"]


def test_there_is_no_library(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for root in (tmp_path, tmp_path / "none", tmp_path / "file"):
        with pytest.raises(LibraryNotFound, match="there is no library in") as caught:
            open_layout(root)
        assert "radalike ingest" in caught.value.hint
        assert caught.value.exit_code == 2


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    layout = create(tmp_path, "e")
    layout.description.write_text(f'format = {FORMAT + 1}\ndefault_encoder = "e"\n')
    with pytest.raises(LibraryTooNew, match=f"format {FORMAT + 1}") as caught:
        open_layout(tmp_path)
    assert caught.value.data == {"format": FORMAT + 1}


@pytest.mark.parametrize(
    "text", ["", "format = ", 'format = "new"\ndefault_encoder = "e"', "format = 1"]
)
def test_a_broken_description(text: str, tmp_path: Path) -> None:
    create(tmp_path, "e").description.write_text(text)
    with pytest.raises(LibraryError, match="cannot be read"):
        open_layout(tmp_path)


def test_a_key_that_is_gone_or_damaged(tmp_path: Path) -> None:
    layout = create(tmp_path, "e")
    layout.key.write_bytes(b"short")
    with pytest.raises(LibraryError, match="damaged"):
        read_key(layout)
    layout.key.unlink()
    with pytest.raises(LibraryError, match="cannot be read") as caught:
        read_key(layout)
    assert "restore" in caught.value.hint


def test_everything_is_inside(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    inside = (
        layout.description,
        layout.key,
        layout.thumbnails,
        layout.ingest_lock,
        layout.embeddings("f"),
        layout.index("f"),
        layout.thumbnail("ab12"),
    )
    assert all(path.is_relative_to(tmp_path) for path in inside)
    assert layout.thumbnail("ab12") == tmp_path / "thumbnails" / "ab" / "ab12.jpg"
