"""Relevance feedback: what a reader marks moves the query towards it, or away from it."""

from __future__ import annotations

from dataclasses import dataclass

from radalike.errors import UsageError
from radalike.records import Vectors

_LEAST_NORM = 1e-3
"""Of a target whose direction is still more than the rounding of float16 vectors."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Ids of images of the library that a reader has judged to be what was looked for, or not."""

    relevant: tuple[str, ...] = ()
    not_relevant: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("relevant", "not_relevant"):
            ids = tuple(dict.fromkeys(image.lower() for image in getattr(self, name)))
            object.__setattr__(self, name, ids)
        both = set(self.relevant) & set(self.not_relevant)
        if both:
            raise UsageError(
                f"image {min(both)} is marked as relevant and as not relevant",
                hint="take one of the two marks back",
                ids=sorted(both),
            )

    def __bool__(self) -> bool:
        return bool(self.relevant or self.not_relevant)


NO_MARKS = Marks()


def refined(relevant: Vectors, not_relevant: Vectors) -> Vectors:
    """The vector to search with, of unit length (dimension,), from those of the query and of what
    is relevant (one or more), and of what is not (any number): (n, dimension) each.

    avg(relevant) + (avg(relevant) - avg(not_relevant)), the average vector strategy of Qdrant's
    recommendations (qdrant.tech/documentation/concepts/explore, "Average vector strategy").
    Raises UsageError when nothing is left of it.
    """
    import numpy as np

    target = relevant.mean(axis=0, dtype=np.float64)
    if len(not_relevant):
        target += target - not_relevant.mean(axis=0, dtype=np.float64)
    length = float(np.linalg.norm(target))
    if not length >= _LEAST_NORM:
        raise UsageError(
            "the marks cancel each other out: no direction is left to search in",
            hint="take back some of the marks, or search anew with a relevant image",
        )
    unit: Vectors = (target / length).astype(np.float32)
    return unit
