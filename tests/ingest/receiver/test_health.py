from __future__ import annotations

from pathlib import Path

import pytest

from ingest.receiver.health import write_health
from radalike.library.ingesting.receiver_state import Health, State, read_health

_WELL = Health(State.RUNNING, 1, 100.0, 200.0, 3, 0, 1, 2, 0, 0, None)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_health(tmp_path / "health", _WELL)
    assert read_health(tmp_path / "health") == _WELL
    assert [path.name for path in tmp_path.iterdir()] == ["health"]


def test_a_folder_that_is_not_there_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nothing"):
        write_health(tmp_path / "nothing" / "health", _WELL)
