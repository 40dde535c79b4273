"""Searching files for many byte strings at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.library.erasure import scan as scanning
from radalike.library.erasure.scan import Needles, scan

NEEDLES = st.lists(st.binary(min_size=8, max_size=40), min_size=1, max_size=6, unique=True)


@given(st.binary(max_size=300), NEEDLES, st.lists(st.integers(0, 300), max_size=4), st.data())
def test_it_finds_what_a_plain_search_finds(
    content: bytes, needles: list[bytes], places: list[int], data: st.DataObject
) -> None:
    for place in places:
        content = content[:place] + data.draw(st.sampled_from(needles)) + content[place:]
    expected = {needle for needle in needles if needle in content}
    assert Needles(needles).found_in_bytes(content) == expected


@pytest.mark.parametrize("block", [16, 61, 1024])
def test_a_block_s_end_hides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(scanning, "_BLOCK", block)
    needles = [np.random.default_rng(seed).bytes(8 + seed) for seed in range(60)]
    path = tmp_path / "file"
    filler = np.random.default_rng(99).bytes(7)
    path.write_bytes(bytes(500) + b"".join(filler + each + bytes(70) for each in needles[::2]))
    assert Needles(needles).found_in(path) == set(needles[::2])


def test_thousands_of_needles_in_megabytes(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    needles = [generator.bytes(100) for _ in range(5000)]
    content = bytearray(generator.bytes(3_000_000))
    content[1_234_567:1_234_667] = needles[4321]
    (tmp_path / "file").write_bytes(content)
    assert Needles(needles).found_in(tmp_path / "file") == {needles[4321]}


def test_a_folder_s_files_and_names_are_searched(tmp_path: Path) -> None:
    for name, content in (
        ("a", b"..needle-one.."),
        ("deep/needle-two", b""),
        ("both", b"needle-one needle-two"),
        ("none", b"needle-on e"),
        ("skipped/a", b"needle-one"),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    steps: list[tuple[int, int]] = []
    found = scan(
        tmp_path,
        Needles([b"needle-one", b"needle-two"]),
        skipped=tmp_path / "skipped",
        progress=lambda done, total: steps.append((done, total)),
    )
    assert (found.files, found.found) == (4, 4)
    assert steps[-1] == (4, 4)


def test_no_needle_finds_nothing_and_a_short_one_is_refused(tmp_path: Path) -> None:
    assert Needles([]).found_in_bytes(bytes(100)) == set()
    assert Needles([b"12345678"]).found_in(tmp_path / "gone") == set()
    with pytest.raises(ValueError, match="7 bytes"):
        Needles([b"1234567"])
