"""Memory of a device: what is free, what a piece of work takes, and when it has run out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from radalike.allocator import return_freed_memory

_PROCESS = Path("/proc/self")
_MACHINE = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")
_CPU_MESSAGES = ("can't allocate memory", "not enough memory")
"""How PyTorch's allocator of main memory says so; on other devices it has an error of its own."""


def free_bytes(device: str) -> int | None:
    """What can still be allocated there, None where nobody says."""
    import torch

    if device.startswith("cuda"):
        return int(torch.cuda.mem_get_info(device)[0])
    if device == "mps":
        most = torch.mps.recommended_max_memory()
        return int(most - torch.mps.driver_allocated_memory())
    return _free_main_memory()


def peak_bytes(device: str, work: Callable[[], object]) -> int | None:
    """What `work` takes on top of what is taken already, None where nobody counts."""
    import torch

    if device.startswith("cuda"):
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        work()
        return int(torch.cuda.max_memory_allocated(device) - before)
    if device != "cpu":
        return None
    return_freed_memory()
    try:
        (_PROCESS / "clear_refs").write_text("5")  # the peak starts again at what is taken now
    except OSError:
        return None
    taken = _kibibytes(_PROCESS / "status", "VmRSS")
    work()
    peak = _kibibytes(_PROCESS / "status", "VmHWM")
    return None if taken is None or peak is None else (peak - taken) * 1024


def is_exhausted(error: BaseException) -> bool:
    """Whether `error` says that memory ran out, on whatever device."""
    import torch

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(said in str(error) for said in _CPU_MESSAGES)


def _free_main_memory() -> int | None:
    machine = _kibibytes(_MACHINE, "MemAvailable")
    limits = [] if machine is None else [machine * 1024]
    try:  # a container's own limit
        most = int((_GROUP / "memory.max").read_text())
        limits.append(most - int((_GROUP / "memory.current").read_text()))
    except (OSError, ValueError):  # no such group, or `max`: no limit
        pass
    return min(limits, default=None)


def _kibibytes(path: Path, name: str) -> int | None:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith(name + ":")), None)
