"""DCMTK's programs (Debian package dcmtk)."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.peers.presence import absent


def dcmtk_program(name: str) -> Path:
    """Where `name` (storescu, dcmj2pnm, …) is; without it the test is skipped, or fails where
    RADALIKE_REQUIRE_DCMTK is set."""
    found = shutil.which(name)
    # Other packages install programs of some of these names.
    if found is None or shutil.which("dcmdump") is None:
        absent("dcmtk", f"DCMTK's {name} is not installed")
    return Path(found)
