"""Generations are built aside, swapped in whole, and swept when nobody has them open."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from radalike.errors import IndexBusy, StorageFull
from radalike.index.generations import (
    build_lock,
    current,
    parts_in,
    remove_all_but,
    stage,
    swap,
    sweep,
)
from radalike.locks import Lock


def built(folder: Path, *parts: str, copy: bool = False) -> Path:
    """The next generation, with a file that says which it is, swapped in."""
    staging = stage(folder, copy=copy)
    staging.mkdir(exist_ok=True)
    (staging / "content").write_text(" ".join(parts))
    swap(staging, frozenset(parts))
    return staging


def generations(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("gen-??????"))


def test_there_is_none_at_first(tmp_path: Path) -> None:
    assert current(tmp_path) is None
    assert current(tmp_path / "none") is None


def test_what_is_staged_is_not_searched_until_it_is_swapped_in(tmp_path: Path) -> None:
    first = built(tmp_path, "one")
    assert first.name == "gen-000001"
    assert current(tmp_path) == first
    assert parts_in(first) == {"one"}
    staging = stage(tmp_path, copy=False)
    staging.mkdir()
    assert current(tmp_path) == first
    swap(staging, frozenset({"one", "two"}))
    assert current(tmp_path) == staging
    assert staging.name == "gen-000002"
    assert parts_in(staging) == {"one", "two"}
    assert parts_in(first) == {"one"}


def test_staging_can_start_from_a_copy(tmp_path: Path) -> None:
    built(tmp_path, "one")
    staging = stage(tmp_path, copy=True)
    assert (staging / "content").read_text() == "one"
    (staging / "content").write_text("changed")
    first = current(tmp_path)
    assert first is not None
    assert (first / "content").read_text() == "one"


def test_staging_without_a_copy_starts_from_nothing(tmp_path: Path) -> None:
    built(tmp_path, "one")
    leftover = stage(tmp_path, copy=True)
    assert leftover.exists()
    assert stage(tmp_path, copy=False) == leftover
    assert not leftover.exists()
    assert not stage(tmp_path / "new", copy=True).exists()


def test_sweeping_leaves_the_current_one(tmp_path: Path) -> None:
    for parts in (("one",), ("one", "two"), ("three",)):
        built(tmp_path, *parts)
    abandoned = stage(tmp_path, copy=True)
    assert abandoned.exists()
    sweep(tmp_path)
    assert generations(tmp_path) == ["gen-000003"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "CURRENT",
        "gen-000003",
        "gen-000003.parts",
    ]


def test_sweeping_leaves_one_that_is_open(tmp_path: Path) -> None:
    first = built(tmp_path, "one")
    lock = Lock.acquire(tmp_path / f"{first.name}.lock")
    built(tmp_path, "two")
    sweep(tmp_path)
    assert generations(tmp_path) == ["gen-000001", "gen-000002"]
    assert parts_in(first) == {"one"}
    lock.release()
    sweep(tmp_path)
    assert generations(tmp_path) == ["gen-000002"]


def test_removing_all_but_one_leaves_no_other_nor_copies_of_them(tmp_path: Path) -> None:
    first, kept = built(tmp_path, "one"), built(tmp_path, "two")
    for name in (f"removed-{first.name}", f"proof-{first.name}", f"proof-{kept.name}"):
        (tmp_path / name).mkdir()
    lock = Lock.acquire(tmp_path / f"{first.name}.lock")  # of a search that never looks again
    remove_all_but(tmp_path, kept, wait=0.2)
    lock.release()
    assert generations(tmp_path) == [kept.name]
    assert not list(tmp_path.glob("*gen-000001*"))
    assert not list(tmp_path.glob("proof-*"))
    assert (current(tmp_path), parts_in(kept)) == (kept, {"two"})
    remove_all_but(tmp_path, None, wait=0)
    assert not list(tmp_path.iterdir())


def test_one_builds_at_a_time(tmp_path: Path) -> None:
    lock = build_lock(tmp_path)
    with pytest.raises(IndexBusy, match="another build of this index is running") as caught:
        build_lock(tmp_path, wait=0.1)
    assert str(os.getpid()) in str(caught.value.data["holder"])
    lock.release()
    build_lock(tmp_path).release()


def test_without_room_the_current_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = built(tmp_path, "one")
    staging = stage(tmp_path, copy=True)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull):
        swap(staging, frozenset({"two"}))
    assert current(tmp_path) == first
    assert parts_in(first) == {"one"}
