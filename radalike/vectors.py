"""What a valid embedding is: finite, and of unit length (L2)."""

from __future__ import annotations

import numpy as np

from radalike.errors import InvalidVector
from radalike.records import Vectors

_UNIT_TOLERANCE = 1e-3
_LEAST_NORM = 1e-12


def check_unit(vectors: Vectors) -> None:
    """Raises InvalidVector unless every row is finite and of unit length."""
    norms = np.linalg.norm(vectors, axis=1)
    bad = np.flatnonzero(~(np.abs(norms - 1) <= _UNIT_TOLERANCE))
    if len(bad):
        raise InvalidVector(
            f"{len(bad)} of {len(vectors)} vectors are not finite or not of unit length",
            hint="normalise them (L2) and leave out what is NaN or zero",
            rows=bad.tolist(),
        )


def normalised(features: Vectors) -> Vectors:
    """Rows of unit L2 norm, float32. Raises InvalidVector for NaN, infinity and zero."""
    norms = np.linalg.norm(features.astype(np.float64), axis=1, keepdims=True)
    if not np.isfinite(norms).all() or (norms < _LEAST_NORM).any():
        bad = np.flatnonzero(~np.isfinite(norms[:, 0]) | (norms[:, 0] < _LEAST_NORM))
        raise InvalidVector(
            f"{len(bad)} of {len(features)} vectors are not finite or are zero",
            hint="the model or its precision is broken; try precision=float32",
            rows=bad.tolist(),
        )
    unit: Vectors = (features / norms).astype(np.float32)
    return unit
