from __future__ import annotations

import io
import json
from typing import Any

import pytest

from radalike.cli.output import progress_bar, progress_bars
from radalike.cli.progress_lines import ProgressLines, lines_wanted
from radalike.errors import InvalidSetting


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def written(text: str) -> list[dict[str, Any]]:
    return [json.loads(line)["progress"] for line in text.splitlines()]


def test_at_most_four_lines_a_second_and_the_last_change() -> None:
    clock, out = Clock(), io.StringIO()
    lines = ProgressLines("indexing", out, clock)
    for number in range(100):  # two seconds
        clock.now = number / 50
        lines.tell(number, 100, parts=number // 10)
    assert 7 <= len(written(out.getvalue())) <= 8
    lines.end()
    last = written(out.getvalue())[-1]
    assert last == {"label": "indexing", "done": 99, "total": 100, "parts": 9}


def test_what_has_not_changed_is_not_written_again() -> None:
    clock, out = Clock(), io.StringIO()
    lines = ProgressLines("indexing", out, clock)
    for clock.now in (0.0, 1.0, 2.0):
        lines.tell(1, None)
    lines.end()
    assert written(out.getvalue()) == [{"label": "indexing", "done": 1, "total": None}]


def test_a_bar_is_lines_where_they_are_asked_for_shown_or_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RADALIKE_PROGRESS", "json")
    for shown in (True, False):
        with progress_bar("checking", shown=shown) as move:
            move(3, 4)
        printed = capsys.readouterr()
        assert printed.out == ""
        assert [line["done"] for line in written(printed.err)] == [0, 3]


@pytest.mark.parametrize("of_bytes", [True, False])
def test_each_stage_has_lines_of_its_own(
    of_bytes: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RADALIKE_PROGRESS", "json")
    with progress_bars(of_bytes=of_bytes) as move:
        for label, done in (("fetching", 5), ("packing", 2), ("packing", 3)):
            move(label, done, 9)
    last = {line["label"]: line["done"] for line in written(capsys.readouterr().err)}
    assert last == {"fetching": 5, "packing": 3}


def test_a_terminal_has_a_bar_for_each_stage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress_bars(of_bytes=True) as move:
        for label in ("fetching", "packing"):
            move(label, 500_000, 1_000_000)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert all(word in printed.err for word in ("fetching", "packing", "0.5/1.0 MB"))


def test_a_bar_says_nothing_to_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("checking") as move:
        move(3, 4)
    assert capsys.readouterr().err.strip() == ""


def test_another_kind_of_progress_is_not_known() -> None:
    assert not lines_wanted({})
    assert lines_wanted({"RADALIKE_PROGRESS": "json"})
    with pytest.raises(InvalidSetting, match="RADALIKE_PROGRESS=jsno"):
        lines_wanted({"RADALIKE_PROGRESS": "jsno"})
