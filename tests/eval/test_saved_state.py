from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from eval import saved_state
from eval.saved_state import SavedState

ARRAYS = {"a": np.arange(3), "b": np.array(0.5)}


def test_what_was_saved_is_loaded_by_what_it_depends_on(tmp_path: Path) -> None:
    SavedState(tmp_path / "new", "x", [np.arange(4), b"k"]).save(ARRAYS)
    same = SavedState(tmp_path / "new", "x", [np.arange(4), b"k"])
    loaded = same.load()
    assert loaded is not None
    assert {name: each.tolist() for name, each in loaded.items()} == {"a": [0, 1, 2], "b": 0.5}
    for other in ([np.arange(5), b"k"], [np.arange(4), b"l"], [b"k", np.arange(4)]):
        assert SavedState(tmp_path / "new", "x", other).load() is None
    assert SavedState(tmp_path / "new", "y", [np.arange(4), b"k"]).load() is None
    same.remove()
    assert same.load() is None
    assert not list((tmp_path / "new").iterdir())


def test_a_damaged_file_counts_as_none(tmp_path: Path) -> None:
    saved = SavedState(tmp_path, "x", [b"k"])
    saved.save(ARRAYS)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    for content in (b"", whole[: len(whole) // 2], b"no archive"):
        file.write_bytes(content)
        assert saved.load() is None


def test_it_is_due_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not SavedState(tmp_path, "x", []).is_due
    monkeypatch.setattr(saved_state, "EVERY_SECONDS", 0.0)
    assert SavedState(tmp_path, "x", []).is_due


def test_without_a_folder_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_state, "EVERY_SECONDS", 0.0)
    nowhere = SavedState(None, "x", [b"k"])
    nowhere.save(ARRAYS)
    assert nowhere.load() is None
    assert not nowhere.is_due
    nowhere.remove()
