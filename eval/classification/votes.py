"""Neighbours vote for their class: who is right with how many of them, and by how much."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eval.classification.measures import predicted

BLOCK = 4096
"""Queries whose votes are counted at once."""


@dataclass(frozen=True, slots=True)
class Votes:
    """What neighbours say of queries that have an answer, nearest first.

    classes (q, depth): places among the classes to tell, -1 where there is no neighbour. weights
    (q, depth): float64. truth (q,). most (q,): neighbours that may vote.
    """

    classes: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]
    truth: npt.NDArray[np.int64]
    most: npt.NDArray[np.int64]

    def at(self, queries: npt.NDArray[np.int64]) -> Votes:
        return Votes(
            self.classes[queries], self.weights[queries], self.truth[queries], self.most[queries]
        )


def right_by_k(votes: Votes, n_classes: int) -> npt.NDArray[np.float64]:
    """The share of queries that the first 1, 2 … neighbours are right about: (depth,)."""
    depth = votes.classes.shape[1]
    right = np.zeros(depth)
    for start in range(0, len(votes.truth), BLOCK):
        some = votes.at(np.arange(start, min(start + BLOCK, len(votes.truth))))
        rows = np.arange(len(some.truth))
        counted = np.zeros((len(rows), n_classes))
        for place in range(depth):
            voting = rows[(some.classes[:, place] >= 0) & (some.most > place)]
            counted[voting, some.classes[voting, place]] += some.weights[voting, place]
            right[place] += (predicted(counted) == some.truth).sum()
    return right / len(votes.truth)


def shares(votes: Votes, k: int, n_classes: int) -> npt.NDArray[np.float64]:
    """The share of the votes of the first `k` neighbours that each class has: (q, classes)."""
    classes = votes.classes[:, :k]
    places = np.arange(classes.shape[1])
    voting = (classes >= 0) & (places < votes.most[:, None])
    cells = np.arange(len(classes))[:, None] * n_classes + classes
    counted = np.bincount(
        cells[voting], weights=votes.weights[:, :k][voting], minlength=len(classes) * n_classes
    ).reshape(len(classes), n_classes)
    # Divided by its own sum, whatever the weights.
    return np.asarray(counted / counted.sum(axis=1, keepdims=True))
