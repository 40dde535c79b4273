"""Main memory that one step of a computation gives back is kept for the next.

The C library returns large pieces to the system when they are freed, and gets them again, page by
page and zeroed, for the next: an eighth of a forward pass of the default encoder (PyTorch has an
allocator of its own on GPUs, but not on a CPU), a third of the reading of a radiograph.
"""

from __future__ import annotations

import ctypes
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MOST_ARENAS = -1, -3, -8  # glibc's numbers (malloc.h)
_LARGEST = 64 * 1024**2  # bytes; what is larger comes from the system each time, still
_KEPT = 4 * _LARGEST
_FEW_THREADS = 4  # that can share one arena without waiting for each other


@cache
def keep_freed_memory(threads: int) -> bool:
    """From now on in this process, in which so many threads compute; whether the C library can be
    told so (glibc).

    A thread's own arena is at most 64 MiB large, and is given back when all in it is free: a few
    threads share the main one.
    """
    tell = getattr(ctypes.CDLL(None), "mallopt", None)
    if tell is None:
        return False
    told = [tell(_MMAP_THRESHOLD, _LARGEST), tell(_TRIM_THRESHOLD, _KEPT)]
    if threads <= _FEW_THREADS:
        told.append(tell(_MOST_ARENAS, 1))
    return all(told)


def return_freed_memory() -> None:
    """Give back to the system, once, what is kept: for whoever measures what is taken."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
