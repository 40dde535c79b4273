from __future__ import annotations

import os
import stat
from pathlib import Path

import numpy as np
import pytest

from eval import saved_state
from eval.saved_state import ABANDONED_SECONDS, KeptWork, SavedState

ARRAYS = {"a": np.arange(3), "b": np.array(0.5)}


def state(folder: Path, *depends_on: bytes, kind: str = "x") -> SavedState:
    return SavedState(KeptWork(folder), kind, depends_on)


def test_what_was_saved_is_loaded_by_what_it_depends_on(tmp_path: Path) -> None:
    kept = KeptWork(tmp_path / "new")
    SavedState(kept, "x", [np.arange(4), b"k"]).save(ARRAYS)
    same = SavedState(kept, "x", [np.arange(4), b"k"])
    loaded = same.load()
    assert loaded is not None
    assert {name: each.tolist() for name, each in loaded.items()} == {"a": [0, 1, 2], "b": 0.5}
    for other in ([np.arange(5), b"k"], [np.arange(4), b"l"], [b"k", np.arange(4)]):
        assert SavedState(kept, "x", other).load() is None
    assert SavedState(kept, "y", [np.arange(4), b"k"]).load() is None
    assert kept.resumed == 1


def test_what_another_version_saved_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state(tmp_path, b"k").save(ARRAYS)
    monkeypatch.setattr(saved_state, "versions", lambda: {"numpy": "9"})
    assert state(tmp_path, b"k").load() is None


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    state(tmp_path / "new", b"k").save(ARRAYS)
    (file,) = (tmp_path / "new").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_damaged_file_counts_as_none(tmp_path: Path) -> None:
    saved = state(tmp_path, b"k")
    saved.save(ARRAYS)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    for content in (b"", whole[: len(whole) // 2], b"no archive"):
        file.write_bytes(content)
        assert saved.load() is None


def test_it_is_due_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not state(tmp_path).is_due
    monkeypatch.setattr(saved_state, "EVERY_SECONDS", 0.0)
    assert state(tmp_path).is_due


def test_what_is_finished_is_kept_until_the_command_has_ended_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_state, "EVERY_SECONDS", 0.0)

    def interrupted() -> None:
        with KeptWork(tmp_path) as kept:
            SavedState(kept, "x", [b"k"]).finish(ARRAYS)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with KeptWork(tmp_path) as kept:
        again = SavedState(kept, "x", [b"k"])
        assert again.load() is not None
        again.finish(ARRAYS)
        assert len(list(tmp_path.iterdir())) == 1
        assert SavedState(kept, "x", [b"k"]).load() is not None
    assert kept.resumed == 1  # the second time it was its own
    assert kept.remark == "Gone on with what an interrupted run had done: 1 step."
    assert not list(tmp_path.iterdir())


def test_what_took_no_time_is_not_kept(tmp_path: Path) -> None:
    state(tmp_path, b"k").finish(ARRAYS)
    assert not list(tmp_path.iterdir())


def test_what_nobody_came_back_for_is_removed(tmp_path: Path) -> None:
    for name, days in (("search-1.npz", 31), ("search-2.npz", 29), ("ann-1.json", 31)):
        (tmp_path / name).touch()
        then = (tmp_path / name).stat().st_mtime - days * 86_400
        os.utime(tmp_path / name, (then, then))
    with KeptWork(tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == ["search-2.npz"]
    assert ABANDONED_SECONDS == 30 * 86_400


def test_without_a_folder_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_state, "EVERY_SECONDS", 0.0)
    nowhere = SavedState(None, "x", [b"k"])
    nowhere.save(ARRAYS)
    nowhere.finish(ARRAYS)
    assert nowhere.load() is None
    assert not nowhere.is_due
