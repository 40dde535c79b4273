"""A connected machine, an isolated one, and a bundle on its way."""

from __future__ import annotations

from pathlib import Path

import pytest

from radalike.encoders.bundles import bundle
from radalike.encoders.store import Store
from tests.peers.hub import Hub, Repository
from tests.radalike.encoders.bundles.packed import FILES


@pytest.fixture
def here(tmp_path: Path) -> Store:
    """The store of the connected machine."""
    return Store(tmp_path / "here")


@pytest.fixture
def there(tmp_path: Path) -> Store:
    """The store of the isolated machine."""
    return Store(tmp_path / "there")


@pytest.fixture
def packed(hub: Hub, here: Store, tmp_path: Path) -> Path:
    """A bundle of `hf:o/n`."""
    hub.repositories["o/n"] = Repository(FILES, licence="mit")
    bundle(["hf:o/n"], tmp_path / "packed.zip", here)
    hub.asked.clear()
    return tmp_path / "packed.zip"
