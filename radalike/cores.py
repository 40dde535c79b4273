"""Threads that each compute on a core of their own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier


def one_core_each(threads: int, name: str) -> ThreadPoolExecutor:
    """A pool of so many threads, in each of which PyTorch computes on one core; the caller's own
    setting stays. Whoever opens it shuts it down."""
    import torch

    started = Barrier(threads + 1)

    def begin() -> None:
        torch.set_num_threads(1)
        torch.get_num_threads()  # makes it this thread's own, before the caller's is set again
        started.wait()

    pool = ThreadPoolExecutor(threads, thread_name_prefix=name, initializer=begin)
    for _ in range(threads):
        pool.submit(lambda: None)
    started.wait()
    torch.set_num_threads(threads)
    return pool
