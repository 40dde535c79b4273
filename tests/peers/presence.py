"""What to do about a real peer that is not installed here."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

# Read when this is imported: the suite takes RADALIKE_* out of the environment before it runs.
_REQUIRED = frozenset(
    name.removeprefix("RADALIKE_REQUIRE_")
    for name, value in os.environ.items()
    if name.startswith("RADALIKE_REQUIRE_") and value not in ("", "0")
)


def absent(peer: str, reason: str) -> NoReturn:
    """Skip the test; fail it where RADALIKE_REQUIRE_<PEER> is set."""
    if peer.upper() in _REQUIRED:
        pytest.fail(f"{reason}, and RADALIKE_REQUIRE_{peer.upper()} is set")
    pytest.skip(reason)
