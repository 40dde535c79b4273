"""What a figure was measured on."""

from __future__ import annotations

import os


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0))
