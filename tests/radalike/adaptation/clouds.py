"""Made embeddings whose right answer is known: clouds of unit vectors around a centre a class."""

from __future__ import annotations

import numpy as np

from radalike.adaptation.examples import Examples
from radalike.records import Vectors
from radalike.vectors import normalised


def clouds(
    each: int = 20, *, classes: int = 3, dimension: int = 8, noise: float = 0.5, seed: int = 0
) -> Examples:
    """Class c has its mean on axis c; all differ widely along the last axis, which says nothing."""
    random = np.random.default_rng(seed)
    codes = np.repeat(np.arange(classes), each)
    rows = random.normal(0, 0.1, (len(codes), dimension))
    rows[np.arange(len(codes)), codes] += 0.4
    rows[:, -1] += random.normal(0, noise, len(codes))
    return Examples(normalised(rows.astype(np.float32)), codes, np.arange(len(codes)))


def unit(*rows: list[float]) -> Vectors:
    return normalised(np.array(rows, dtype=np.float32))
