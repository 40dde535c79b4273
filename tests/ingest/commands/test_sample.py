"""`radalike sample`."""

from __future__ import annotations

from pathlib import Path

from tests.ingest.commands.conftest import Radalike


def test_the_sample_in_json(radalike: Radalike, tmp_path: Path) -> None:
    done = radalike("sample", tmp_path / "sample", "--images", "6", "--json")
    assert done.code == 0
    assert sum(done.json["by_kind"].values()) == done.json["images"] == 6
