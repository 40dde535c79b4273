"""Embeddings in the plane: by principal components, or by UMAP."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from eval.images import EmbeddedImages
from eval.metrics import Values
from eval.ranking import Progress
from eval.space.measures import eigen
from eval.space.survey import Survey, survey
from radalike.errors import MissingExtra, UnknownName, UsageError
from radalike.filters import Filter

METHODS = ("pca", "umap")

UMAP_NEIGHBOURS = 15
"""UMAP's own default."""

FEWEST_FOR_UMAP = 5
"""Its spectral initialisation fails for fewer."""


@dataclass(frozen=True, slots=True)
class Projection:
    """ids: of a sample, ascending. coordinates: float64, (n, 2). method: of METHODS.

    The ids are for showing a point's record; they do not belong into a stored run.
    """

    ids: tuple[str, ...]
    coordinates: Values
    method: str


def project(
    library: EmbeddedImages,
    images: Filter | None = None,
    *,
    method: str = "pca",
    sample: int = 5000,
    seed: int = 0,
    encoder: str | None = None,
    progress: Progress = lambda _done, _total: None,
) -> Projection:
    """A sample of `images` (None: all) in the plane, the same for the same seed.

    Raises what `survey` and `coordinates_of` do.
    """
    check_method(method)
    found = survey(library, images, sample=sample, seed=seed, encoder=encoder, progress=progress)
    names = tuple(found.images.names(found.rows))
    return Projection(names, coordinates_of(found, method), method)


def check_method(method: str) -> None:
    """Raises UnknownName; MissingExtra when what it needs is not installed."""
    if method not in METHODS:
        raise UnknownName("projection", method, METHODS)
    if method == "umap":
        _umap()


def coordinates_of(found: Survey, method: str) -> Values:
    """The survey's sample in the plane: float64, (m, 2).

    pca: the first two principal components of all images. umap: McInnes et al. 2018 (arXiv
    1802.03426), cosine distance; only what is near what means something there. Raises UnknownName,
    MissingExtra; UsageError when all embeddings are the same, or there are too few.
    """
    check_method(method)
    if found.all_equal:
        raise UsageError(
            "there is no picture of embeddings that are all the same",
            hint="select more images, or check the encoder with `radalike encoders`",
        )
    if method == "umap":
        return _by_umap(found)
    _, vectors = eigen(found.covariance)
    plane = (found.vectors.astype(np.float64) - found.mean) @ vectors[:, :2]
    # Embeddings of a single number have one component only.
    return np.pad(plane, ((0, 0), (0, 2 - plane.shape[1])))


def _by_umap(found: Survey) -> Values:
    n = len(found.rows)
    if n < FEWEST_FOR_UMAP:
        raise UsageError(
            f"UMAP cannot place {n} images", hint=f"select {FEWEST_FOR_UMAP} or more, or use pca"
        )
    reducer = _umap().UMAP(
        n_neighbors=min(UMAP_NEIGHBOURS, n - 1),
        metric="cosine",
        random_state=found.seed,
        n_jobs=1,  # what a fixed seed needs; UMAP warns when it has to choose that itself
    )
    return np.asarray(reducer.fit_transform(found.vectors), dtype=np.float64)


def _umap() -> ModuleType:
    import warnings

    try:
        with warnings.catch_warnings():
            # It misses an optional library, which only its neural variant needs.
            warnings.simplefilter("ignore", ImportWarning)
            import umap
    except ImportError as exc:
        raise MissingExtra(
            "UMAP is not installed", hint="pip install radalike[umap], or use the projection pca"
        ) from exc
    module: ModuleType = umap
    return module
