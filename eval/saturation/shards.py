"""The index cut into shards, so that the first of them together are an index of each size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from eval.images import Codes
from radalike.errors import InvalidSetting

SIZES = (1, 3, 10, 30, 100, 300, 1000, 3000)

Levels = npt.NDArray[np.uint8]
"""The shard of each image in each draw: (draws, images)."""


def check_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    """Each once, ascending. Raises InvalidSetting."""
    if not sizes or min(sizes) < 1 or len(set(sizes)) > 200:
        raise InvalidSetting(
            f"sizes {', '.join(map(str, sizes)) or 'of nothing'}", hint="whole numbers from 1 up"
        )
    return tuple(sorted(set(sizes)))


def sizes_of(classes: Codes, sizes: Sequence[int]) -> tuple[int, ...]:
    """Those of `sizes` by which some class is smaller than it is, then that of the largest class,
    which is all there is."""
    largest = int(np.bincount(classes).max())
    return (*(size for size in sizes if size < largest), largest)


def draw_levels(
    classes: Codes, patients: Codes, sizes: Sequence[int], draws: int, seed: int
) -> Levels:
    """The smallest of `sizes` (by its place) at which each image is in the index: (draws, n).

    In each draw the patients come in a random order, with their images in a random order, and a
    class takes its images as they come: so a patient's images are together, and each class has
    exactly `size` images, or all that there are; the last patient may be there in part. Each draw
    has a random generator of its own, so that more draws begin with the same ones.
    """
    n = len(classes)
    known = patients >= 0
    own = np.where(known, patients, patients.max(initial=0) + 1 + np.arange(n))
    _, patient = np.unique(own, return_inverse=True)
    levels = np.empty((draws, n), dtype=np.uint8)
    for draw in range(draws):
        random = np.random.default_rng((seed, draw))
        turn = random.permutation(int(patient.max(initial=-1)) + 1)[patient]
        order = np.lexsort((random.permutation(n), turn, classes))
        starts = np.flatnonzero(np.diff(classes[order], prepend=-1))
        lengths = np.diff(starts, append=n)
        rank = np.empty(n, dtype=np.int64)
        rank[order] = np.arange(n) - np.repeat(starts, lengths)
        levels[draw] = np.searchsorted(np.asarray(sizes), rank, side="right")
    return levels
