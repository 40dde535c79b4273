"""Fixtures of the tests of fetching."""

from __future__ import annotations

from pathlib import Path

import pytest

from radalike.encoders.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "encoders")
