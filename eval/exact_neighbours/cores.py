"""The blocks of a search, side by side on all cores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeAlias

from radalike.cores import one_core_each

Run: TypeAlias = Callable[[Callable[[int], None], int], None]


@contextmanager
def cores() -> Iterator[Run]:
    """`run(task, n)`: task(0) … task(n - 1), side by side, each on one core; one alone on all.

    Shared work is so without the barriers of a parallel matrix product, and what follows the
    product is shared as well. Matrix products keep full float32 precision, whatever the process
    has set, and its settings are as before in the end.
    """
    import torch

    threads, precision = torch.get_num_threads(), torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    pool: ThreadPoolExecutor | None = None

    def run(task: Callable[[int], None], n: int) -> None:
        nonlocal pool
        if n == 1:
            task(0)
            return
        pool = pool or one_core_each(threads, "search")
        for running in [pool.submit(task, number) for number in range(n)]:
            running.result()

    try:
        yield run
    finally:
        if pool is not None:
            pool.shutdown(cancel_futures=True)
        torch.set_float32_matmul_precision(precision)
