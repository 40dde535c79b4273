"""A random sample of what is stored: ids and vectors, reading little besides their row groups."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from radalike.catalog.store import Part
from radalike.embeddings.parts import EmbeddingChunk, read_ids, read_rows


def sampled(folder: Path, parts: Sequence[Part], count: int, seed: int) -> EmbeddingChunk:
    """`count` different rows of `parts`, which are in `folder`, or all where there are no more; the
    same ones for the same parts and seed. Raises CorruptPart."""
    ends = np.cumsum([part.rows for part in parts])
    total = int(ends[-1]) if len(ends) else 0
    chosen = np.random.default_rng(seed).choice(total, min(count, total), replace=False)
    chosen.sort()
    ids: list[str] = []
    vectors = []
    for part, end in zip(parts, ends.tolist(), strict=True):
        rows = [row - end + part.rows for row in chosen.tolist() if end - part.rows <= row < end]
        if rows:
            vectors.append(read_rows(folder / part.name, rows))
            ids += read_ids(folder / part.name, rows)
    if not vectors:
        return EmbeddingChunk((), np.empty((0, 0), dtype=np.float32))
    return EmbeddingChunk(tuple(ids), np.concatenate(vectors))
