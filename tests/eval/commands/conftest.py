"""A library for the commands of evaluation to measure."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest


@pytest.fixture(scope="module")
def folder(small_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 images of three modalities and 12 patients: 45 train, 15 test; every fifth has two labels,
    and labels say nothing of the pictures."""
    return Path(copytree(small_library, tmp_path_factory.mktemp("evaluated") / "library"))
