"""Measures of a set of unit vectors; each says NaN where it is not defined."""

from __future__ import annotations

import numpy as np

from eval.exact_neighbours import ExactSearch, Exclusion, Neighbours
from eval.images import Codes
from eval.metrics import Values
from eval.space.report import Hubness
from radalike.records import Vectors

BLOCK = 1 << 22
"""Most pairs that are held at once: 32 MiB in float64."""

SEARCH_BLOCK = 8192

SILHOUETTE_MEMORY = 64
"""MiB of distances that are held at once."""


def eigen(covariance: Values) -> tuple[Values, Values]:
    """Eigenvalues (d,), descending, none below 0, and their vectors as columns (d, d), each with
    its largest entry positive: the same for the same covariance."""
    values, vectors = np.linalg.eigh(covariance)
    values, vectors = values[::-1], vectors[:, ::-1]
    signs = np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(len(values))])
    noise = len(values) * np.finfo(np.float64).eps * max(float(values[0]), 0.0)
    return np.where(values > noise, values, 0.0), vectors * signs


def effective_rank(eigenvalues: Values) -> float:
    """exp of the entropy of the singular values of the centred embeddings, divided by their sum:
    Roy & Vetterli, EUSIPCO 2007. From 1 to the dimension; NaN when all embeddings are the same.

    eigenvalues: of their covariance, whose square roots are proportional to the singular values.
    """
    singular = np.sqrt(eigenvalues[eigenvalues > 0])
    if not len(singular):
        return float("nan")
    shares = singular / singular.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def uniformity(vectors: Vectors) -> float:
    """log of the mean of exp(-2 |x - y|^2) over all pairs of (n, d): Wang & Isola 2020 (arXiv
    2005.10242), with t = 2. 0 when all are the same; lower is more evenly spread, about -4 for
    independent directions. NaN for fewer than two."""
    n = len(vectors)
    if n < 2:
        return float("nan")
    exact = vectors.astype(np.float64)
    squares = np.einsum("ij,ij->i", exact, exact)
    total = 0.0
    step = max(1, BLOCK // n)
    for start in range(0, n, step):
        block = slice(start, start + step)
        distances = squares[block, None] + squares[start:] - 2 * exact[block] @ exact[start:].T
        potential = np.exp(-2 * np.maximum(distances, 0))
        total += float(np.triu(potential, k=1).sum())
    return float(np.log(total / (n * (n - 1) / 2)))


def neighbours_within(vectors: Vectors, k: int) -> Neighbours:
    """The `k` nearest of each of (n, d), exactly; none is its own."""
    n = len(vectors)
    rows = np.arange(n, dtype=np.int64)
    search = ExactSearch(vectors, k, exclusion=Exclusion(rows[:, None], rows[:, None]))
    for start in range(0, n, SEARCH_BLOCK):
        block = slice(start, start + SEARCH_BLOCK)
        search.take_in(rows[block], vectors[block])
    return search.best


def hubness(vectors: Vectors, k: int = 10) -> Hubness:
    """Of (n, d), by exact neighbours; an image is not its own. k: fewer where there are fewer."""
    n = len(vectors)
    k = min(k, n - 1)
    if k < 1:
        return Hubness(k=0, skewness=float("nan"), never=float("nan"), largest=0)
    occurrences = np.bincount(neighbours_within(vectors, k).rows.ravel(), minlength=n)
    away = occurrences - occurrences.mean()
    deviation = np.sqrt((away**2).mean())
    skewness = (away**3).mean() / deviation**3 if deviation > 0 else np.nan
    return Hubness(
        k=k,
        skewness=float(skewness),
        never=float((occurrences == 0).mean()),
        largest=int(occurrences.max()),
    )


def silhouette(vectors: Vectors, classes: Codes) -> float:
    """The mean silhouette by cosine distance of (n, d), those of class -1 left out; a class with a
    single image counts as 0. NaN unless there are two classes or more, and one has two images."""
    from sklearn import config_context
    from sklearn.metrics import silhouette_score

    known = classes >= 0
    n_classes = len(np.unique(classes[known]))
    if not 2 <= n_classes < known.sum():
        return float("nan")
    with config_context(working_memory=SILHOUETTE_MEMORY):
        return float(silhouette_score(vectors[known], classes[known], metric="cosine"))
