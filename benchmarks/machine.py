"""What a figure was measured on."""

from __future__ import annotations

import os
from pathlib import Path


def peak_megabytes() -> float:
    """The most memory this process has held. Not ru_maxrss, which is inherited from the process
    that forked this one."""
    lines = Path("/proc/self/status").read_text().splitlines()
    kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return round(kilobytes / 1024, 1)


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0))
