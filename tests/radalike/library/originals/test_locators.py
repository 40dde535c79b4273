from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.library.originals.locators import (
    archive_and_member,
    archive_prefix,
    name_and_place,
    told_apart,
)

_NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
_PATHS = st.text("ab!% /.", min_size=1, max_size=20).map(lambda text: Path("/", text))


@given(_PATHS, _NAMES, st.integers(0, 9), st.integers(0, 3))
def test_what_is_written_is_read(archive: Path, name: str, index: int, met: int) -> None:
    written = archive_prefix(archive) + told_apart(name, index, met)
    assert written.startswith("zip:")
    path, member = archive_and_member(written.removeprefix("zip:"))
    assert path == str(archive)
    found, place, which = name_and_place(member)
    assert found == name
    assert (place, which) == ((index, 1) if "\0" in name else (-1, max(met, 1)))


def test_members_of_one_name_are_told_apart() -> None:
    names = [told_apart("a", index, met) for index, met in ((0, 1), (4, 2), (5, 3))]
    names += [told_apart("a\0b", index, 0) for index in (1, 2)]
    assert names == ["a", "a\0002", "a\0003", "a\0b\0#1", "a\0b\0#2"]


def test_what_is_no_place_is_an_error() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        name_and_place("a\0two")
