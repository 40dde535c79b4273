"""Exact search: the float64-exact 100 nearest neighbours, at the rate of a float32 matrix product.

A search that lets bfloat16 products propose, where the processor has units for them, can be faster
than that limit; the answer is the same, and "bfloat16" says whether it did.

Limit: what this machine's float32 matrix product does, the better of numpy's and torch's, each with
a chunk of the index in one product and with blocks that stay in the cache, in turn with the search.
Peer: FAISS IndexFlatIP on the same slice (float32 scores, whose last bits decide).
Flatness: peak memory of a process that searches chunks made on the fly, at two sizes of the index.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median
from typing import Any

import numpy as np

from benchmarks.machine import cores, peak_megabytes
from eval.exact_neighbours import ExactSearch, Neighbours
from eval.exact_neighbours.proposals import fast_bfloat16
from radalike.records import Vectors

QUERIES, DIMENSION, K, RUNS = 4096, 512, 100, 3
CHUNK, BLOCK = 1 << 16, 1 << 10
ROWS = 8 * CHUNK
FEW, MANY, MEMORY_QUERIES = 200_000, 800_000, 2000
WHOLE_QUERIES, WHOLE_ROWS = 160_000, 1_300_000
CLUSTERS = 500

Work = Callable[[], Any]


def run() -> dict[str, Any]:
    made = _made(ROWS, QUERIES)
    queries, index = next(made), np.concatenate(list(made))
    work: dict[str, Work] = {"search": lambda: _search(queries, _cut(index))}
    work |= _products(queries, index[:CHUNK])
    rows = dict.fromkeys(work, CHUNK) | {"search": ROWS}
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for each in work.values():  # what is imported or allocated on use, is now
        each()
    for _ in range(RUNS):  # in turn, so that all meet the same machine
        for name, each in work.items():
            seconds[name].append(_timed(each)[0])
    rates = {name: _flop(QUERIES, rows[name]) / median(times) for name, times in seconds.items()}
    best = max(rate for name, rate in rates.items() if name != "search")
    whole = _flop(WHOLE_QUERIES, WHOLE_ROWS)
    return {
        "cores": cores(),
        "bfloat16": fast_bfloat16(),
        "queries": QUERIES,
        "rows": ROWS,
        "dimension": DIMENSION,
        "k": K,
        "runs": RUNS,
        "gigaflop_a_second": {name: round(rate / 1e9, 1) for name, rate in rates.items()},
        "ratio_to_best_product": round(rates["search"] / best, 3),
        "faiss": _faiss(queries, index, work["search"](), median(seconds["search"])),
        "memory": _memory(),
        "whole": {
            "queries": WHOLE_QUERIES,
            "rows": WHOLE_ROWS,
            "flop": whole,
            "minutes_extrapolated": round(whole / rates["search"] / 60, 1),
        },
        "targets": {"ratio_to_best_product": ">= 0.90", "peak_mb": "<= 2048"},
    }


def peak_of_a_search(rows: int) -> float:
    """Megabytes, of a process of its own."""
    made = _made(rows, MEMORY_QUERIES)
    _search(next(made), made)
    return peak_megabytes()


def _made(rows: int, queries: int) -> Iterator[Vectors]:
    """Queries, then chunks of an index: unit vectors around common centres, always the same."""
    generator = np.random.default_rng(0)
    centres = generator.standard_normal((CLUSTERS, DIMENSION), dtype=np.float32)
    for count in [queries, *(min(CHUNK, rows - start) for start in range(0, rows, CHUNK))]:
        vectors = generator.standard_normal((count, DIMENSION), dtype=np.float32)
        vectors *= 0.7
        vectors += centres[generator.integers(0, CLUSTERS, count)]
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        yield vectors


def _cut(index: Vectors) -> Iterator[Vectors]:
    for start in range(0, len(index), CHUNK):
        yield index[start : start + CHUNK]


def _search(queries: Vectors, chunks: Iterable[Vectors]) -> Neighbours:
    search = ExactSearch(queries, K)
    start = 0
    for chunk in chunks:
        search.take_in(np.arange(start, start + len(chunk)), chunk)
        start += len(chunk)
    return search.best


def _products(queries: Vectors, chunk: Vectors) -> dict[str, Work]:
    """All scores of the queries and the chunk, without keeping them."""
    import torch

    asked, rows = torch.from_numpy(queries), torch.from_numpy(chunk)
    wide, narrow = torch.empty(len(queries), CHUNK), torch.empty(len(queries), BLOCK)

    def by_numpy(out: torch.Tensor) -> None:
        for start in range(0, CHUNK, out.shape[1]):
            np.matmul(queries, chunk[start : start + out.shape[1]].T, out=out.numpy())

    def by_torch(out: torch.Tensor) -> None:
        for start in range(0, CHUNK, out.shape[1]):
            torch.matmul(asked, rows[start : start + out.shape[1]].T, out=out)

    return {
        "numpy, whole chunk": lambda: by_numpy(wide),
        "numpy, blocks": lambda: by_numpy(narrow),
        "torch, whole chunk": lambda: by_torch(wide),
        "torch, blocks": lambda: by_torch(narrow),
    }


def _faiss(queries: Vectors, index: Vectors, ours: Neighbours, seconds: float) -> dict[str, Any]:
    import faiss

    flat = faiss.IndexFlatIP(DIMENSION)
    flat.add(index)
    took, (_, rows) = _timed(lambda: flat.search(queries, K))
    return {
        "seconds": round(took, 2),
        "our_seconds": round(seconds, 2),
        "faiss_over_ours": round(took / seconds, 2),
        "places_alike": round(float((rows == ours.rows).mean()), 6),
    }


def _memory() -> dict[str, Any]:
    peaks = {}
    for rows in (FEW, MANY):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            peaks[rows] = pool.submit(peak_of_a_search, rows).result()
    return {
        "queries": MEMORY_QUERIES,
        "peak_mb": {str(rows): peak for rows, peak in peaks.items()},
        "ratio": round(peaks[MANY] / peaks[FEW], 3),
    }


def _flop(queries: int, rows: int) -> float:
    """Multiplications and additions of all inner products."""
    return 2.0 * queries * rows * DIMENSION


def _timed(work: Work) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
