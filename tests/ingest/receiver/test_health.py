from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.receiver.health import Health, State, finding, read_health, write_health
from radalike.errors import UsageError

_WELL = Health(State.RUNNING, 1, 100.0, 200.0, 3, 0, 1, 2, 0, 0, None)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_health(tmp_path / "health", _WELL)
    assert read_health(tmp_path / "health") == _WELL
    assert [path.name for path in tmp_path.iterdir()] == ["health"]


def test_a_folder_that_is_not_there_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nothing"):
        write_health(tmp_path / "nothing" / "health", _WELL)


@pytest.mark.parametrize("text", ["", "{}", "[]", json.dumps({"state": "flying"})])
def test_what_is_no_health_file_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "health").write_text(text)
    with pytest.raises(UsageError):
        read_health(tmp_path / "health")


def test_it_is_well_when_it_runs_and_says_so() -> None:
    assert finding(_WELL, now=210.0) is None
    assert "231 s" in str(finding(_WELL, now=431.0))


@pytest.mark.parametrize("state", set(State) - {State.RUNNING})
def test_every_other_state_is_a_finding(state: State) -> None:
    assert str(state) in str(finding(replace(_WELL, state=state), now=200.0))
    degraded = replace(_WELL, state=state, last_error="StorageFull")
    assert "StorageFull" in str(finding(degraded, now=200.0))
