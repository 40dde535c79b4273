from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from radalike.errors import UsageError
from radalike.library.ingesting.receiver_state import (
    Health,
    State,
    finding,
    read_health,
    receiver_health,
)
from radalike.library.layout import Layout

_WELL = Health(State.RUNNING, 1, 100.0, 200.0, 3, 0, 1, 2, 0, 0, None)


def test_a_library_that_has_never_had_a_receiver(tmp_path: Path) -> None:
    assert receiver_health(Layout(tmp_path)) is None


def test_what_the_receiver_of_a_library_has_said(tmp_path: Path) -> None:
    (tmp_path / "receiver.json").write_text(json.dumps(asdict(_WELL)))
    assert receiver_health(Layout(tmp_path)) == _WELL


@pytest.mark.parametrize("text", ["", "{}", "[]", json.dumps({"state": "flying"})])
def test_what_is_no_health_file_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "health").write_text(text)
    with pytest.raises(UsageError):
        read_health(tmp_path / "health")


def test_it_is_well_when_it_runs_and_says_so() -> None:
    assert finding(_WELL, now=210.0) is None
    assert "231 s" in str(finding(_WELL, now=431.0))


def test_it_is_stale_when_it_has_not_said_that_it_stops() -> None:
    assert not _WELL.stale(now=229.0)
    assert _WELL.stale(now=231.0)
    assert not replace(_WELL, state=State.STOPPED).stale(now=1e6)


@pytest.mark.parametrize("state", set(State) - {State.RUNNING})
def test_every_other_state_is_a_finding(state: State) -> None:
    assert str(state) in str(finding(replace(_WELL, state=state), now=200.0))
    degraded = replace(_WELL, state=state, last_error="StorageFull")
    assert "StorageFull" in str(finding(degraded, now=200.0))
