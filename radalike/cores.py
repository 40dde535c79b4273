"""Threads and child processes that each compute on one core."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

_THREAD_COUNTS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


def one_core_environment() -> dict[str, str]:
    """Of a child process, in which no library starts a thread a core: NumPy's do when they are
    loaded, and wait for work at full speed."""
    return {**os.environ, **dict.fromkeys(_THREAD_COUNTS, "1")}


@contextmanager
def on_one_core() -> Iterator[None]:
    """Meanwhile, PyTorch computes on one core what this thread asks for: for many short steps,
    after each of which it would wait for the other cores, and for sums that must not depend on how
    many cores there are."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def one_core_each(threads: int, name: str) -> ThreadPoolExecutor:
    """A pool of so many threads, in each of which PyTorch computes on one core; the caller's own
    setting stays. Whoever opens it shuts it down."""
    import torch

    own = torch.get_num_threads()
    started = Barrier(threads + 1)

    def begin() -> None:
        torch.set_num_threads(1)
        torch.get_num_threads()  # makes it this thread's own, before the caller's is set again
        started.wait()

    pool = ThreadPoolExecutor(threads, thread_name_prefix=name, initializer=begin)
    for _ in range(threads):
        pool.submit(lambda: None)
    started.wait()
    torch.set_num_threads(own)
    return pool
