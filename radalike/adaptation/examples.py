"""What is learnt from: embeddings, the class of each, and which of them belong together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from radalike.records import Vectors

Codes: TypeAlias = npt.NDArray[np.int64]
Numbers: TypeAlias = npt.NDArray[np.float64]

_NOTHING = 1e-10  # of the widest variance: what rounding leaves

FEWEST = 4
"""Images that a class must have to be learnt: below, nothing could be held out of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Principal:
    """The directions in which rows differ, the widest first; there is no other direction in which
    they do. mean: (d,). variances: (r,). directions: (d, r), orthonormal. rows: (n, r), the rows
    in these directions, centred. All float64."""

    mean: Numbers
    variances: Numbers
    directions: Numbers
    rows: Numbers


@dataclass(frozen=True, eq=False)
class Examples:
    """vectors: float32 (n, d). classes: int64 (n,), 0 to `number` - 1, each of which occurs.
    groups: int64 (n,); rows of one group (a patient, equal content) are held out together."""

    vectors: Vectors
    classes: Codes
    groups: Codes

    @cached_property
    def principal(self) -> Principal:
        return _principal(self.vectors.astype(np.float64))

    @property
    def number(self) -> int:
        """Of classes."""
        return int(self.classes.max(initial=-1)) + 1

    def rows(self, chosen: npt.NDArray[np.bool_]) -> Examples:
        """Those that are chosen; their classes are numbered anew."""
        return Examples(
            self.vectors[chosen], numbered(self.classes[chosen].tolist()), self.groups[chosen]
        )


def numbered(values: Sequence[Hashable]) -> Codes:
    """Each value by its place among the values that occur, in sorted order."""
    places = {value: place for place, value in enumerate(sorted(set(values), key=str))}
    return np.array([places[value] for value in values], dtype=np.int64)


def frequent(classes: Mapping[str, str]) -> dict[str, str]:
    """The images (by id) whose class has at least FEWEST of them."""
    sizes = Counter(classes.values())
    return {image: name for image, name in classes.items() if sizes[name] >= FEWEST}


def sample(classes: Mapping[str, str], most: int, seed: int) -> dict[str, str]:
    """At most about `most` images, the same share of each class and at least FEWEST of it."""
    if len(classes) <= most:
        return dict(classes)
    generator = np.random.default_rng(seed)
    members: dict[str, list[str]] = {}
    for image in sorted(classes):
        members.setdefault(classes[image], []).append(image)
    chosen: dict[str, str] = {}
    for name, images in sorted(members.items()):
        count = min(len(images), max(FEWEST, int(len(images) * most / len(classes))))
        for place in sorted(generator.choice(len(images), count, replace=False).tolist()):
            chosen[images[place]] = name
    return chosen


def _principal(rows: Numbers) -> Principal:
    """From the smaller of the covariance (d, d) and the Gram matrix (n, n)."""
    mean = rows.mean(axis=0)
    rows = rows - mean
    wide = rows.shape[1] > len(rows)
    values, vectors = np.linalg.eigh((rows @ rows.T if wide else rows.T @ rows) / len(rows))
    kept = values[::-1] > _NOTHING * values[-1]
    variances, vectors = values[::-1][kept], vectors[:, ::-1][:, kept]
    directions = rows.T @ vectors / np.sqrt(variances * len(rows)) if wide else vectors
    return Principal(mean, variances, directions, rows @ directions)
