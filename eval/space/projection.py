"""Embeddings in the plane: by principal components, or by UMAP."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import numpy.typing as npt

from eval.images import EmbeddedImages
from eval.metrics import Values
from eval.ranking import Progress
from eval.saved_state import KeptWork, SavedState
from eval.space.measures import eigen, neighbours_within
from eval.space.survey import Survey, survey
from radalike.errors import MissingExtra, UnknownName, UsageError
from radalike.filters import Filter
from radalike.records import Vectors

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


def coordinates_of(found: Survey, method: str, resume_in: KeptWork | None = None) -> Values:
    """The survey's sample in the plane: float64, (m, 2).

    resume_in: takes those of UMAP, which cannot go on half-way, until the command has ended.

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
        saved = SavedState(resume_in, "umap", (found.vectors, f"seed {found.seed}".encode()))
        known = saved.load()
        plane = _by_umap(found) if known is None else known["plane"]
        saved.finish({"plane": plane})
        return plane
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
    umap, k = _umap(), min(UMAP_NEIGHBOURS, n - 1)
    with warnings.catch_warnings():
        # Of given neighbours it says that other images cannot be placed later. None will be.
        warnings.filterwarnings("ignore", "precomputed_knn", UserWarning)
        reducer = umap.UMAP(
            n_neighbors=k,
            metric="cosine",
            random_state=found.seed,
            n_jobs=1,  # what a fixed seed needs; UMAP warns when it has to choose that itself
            precomputed_knn=_neighbourhoods(found.vectors, k),
        )
        return np.asarray(reducer.fit_transform(found.vectors), dtype=np.float64)


def _neighbourhoods(
    vectors: Vectors, k: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Rows and cosine distances (n, k) of the nearest, each itself first, as UMAP counts them; by
    exact search, which is faster here than the approximate one that it would make."""
    others = neighbours_within(vectors, k - 1)
    own = np.arange(len(vectors))[:, None]
    distances = np.maximum(1 - others.scores, 0)
    return (
        np.hstack([own, others.rows]).astype(np.int32),
        np.pad(distances, ((0, 0), (1, 0))).astype(np.float32),
    )


def _umap() -> ModuleType:
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
