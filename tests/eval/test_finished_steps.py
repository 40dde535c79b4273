from __future__ import annotations

import json
import logging
import math
from pathlib import Path

import pytest

from eval import finished_steps
from eval.finished_steps import FinishedSteps
from eval.saved_state import KeptWork


def steps(kept: KeptWork | None, asked: bytes = b"a", found_in: bytes = b"f") -> FinishedSteps:
    return FinishedSteps(kept, "ann", [asked], [found_in])


def test_finished_steps_are_taken_over(tmp_path: Path) -> None:
    first = steps(KeptWork(tmp_path))
    first.keep("one", {"values": [1, 0.1 + 0.2, math.nan]})
    first.keep("two", "2")
    kept = KeptWork(tmp_path)
    again = steps(kept)
    values = again.take("one")["values"]
    assert values[:2] == [1, 0.1 + 0.2]  # to the last bit
    assert math.isnan(values[2])
    assert again.take("two") == "2"
    assert again.take("three") is None
    assert kept.resumed == 2


def test_other_questions_have_other_files(tmp_path: Path) -> None:
    steps(KeptWork(tmp_path)).keep("one", 1)
    assert steps(KeptWork(tmp_path), asked=b"b").take("one") is None
    assert steps(KeptWork(tmp_path)).take("one") == 1


def test_of_a_changed_library_they_are_ignored_with_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    steps(KeptWork(tmp_path)).keep("one", 1)
    changed = steps(KeptWork(tmp_path), found_in=b"g")
    assert changed.take("one") is None
    (said,) = caplog.records
    assert (said.levelno, "begins anew" in said.getMessage()) == (logging.WARNING, True)
    changed.keep("two", 2)
    assert steps(KeptWork(tmp_path), found_in=b"g").take("one") is None


def test_of_another_version_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    steps(KeptWork(tmp_path)).keep("one", 1)
    monkeypatch.setattr(finished_steps, "versions", lambda: {"numpy": "9"})
    assert steps(KeptWork(tmp_path)).take("one") is None
    assert "software" in caplog.text


@pytest.mark.parametrize("content", [b"", b'{"found_in"', b"[]", b'{"steps": {"one": 1}}', b"\xff"])
def test_damaged_they_are_ignored_with_a_word(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    steps(KeptWork(tmp_path)).keep("one", 1)
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)
    assert steps(KeptWork(tmp_path)).take("one") is None
    assert "cannot be read" in caplog.text


def test_they_are_removed_when_the_command_has_ended(tmp_path: Path) -> None:
    with KeptWork(tmp_path) as kept:
        all_of_them = steps(kept)
        all_of_them.keep("one", 1)
        (file,) = tmp_path.iterdir()
        assert json.loads(file.read_text())["steps"] == {"one": 1}
        all_of_them.finish()
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_without_kept_work_nothing_is_kept() -> None:
    nowhere = steps(None)
    nowhere.keep("one", 1)
    nowhere.finish()
    assert nowhere.take("one") is None
