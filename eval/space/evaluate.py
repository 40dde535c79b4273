"""The numbers of a space of embeddings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eval.images import EmbeddedImages
from eval.ranking import Progress
from eval.saved_state import KeptWork
from eval.space.measures import effective_rank, eigen, hubness, silhouette, uniformity
from eval.space.report import Grouping, Hubness, SpaceReport
from eval.space.survey import Survey, survey
from radalike.errors import InvalidSetting
from radalike.filters import Filter

COMPONENTS = 10
"""Principal components whose share of the variance is reported."""

LABEL_AND_MODALITY = ("label", "modality")


def evaluate_space(
    library: EmbeddedImages,
    images: Filter | None = None,
    *,
    by: Sequence[str] = LABEL_AND_MODALITY,
    k: int = 10,
    sample: int = 5000,
    seed: int = 0,
    encoder: str | None = None,
    progress: Progress = lambda _done, _total: None,
    resume_in: KeptWork | None = None,
) -> SpaceReport:
    """How the embeddings of `images` (None: all) lie in their space.

    by: of GROUPINGS. k: neighbours that hubness looks at. What takes time with the square of the
    images is of a sample. Raises what `survey` does.
    """
    found = survey(
        library,
        images,
        by=by,
        sample=sample,
        seed=seed,
        encoder=encoder,
        progress=progress,
        resume_in=resume_in,
    )
    return report_of(found, by=by, k=k)


def report_of(found: Survey, *, by: Sequence[str] = LABEL_AND_MODALITY, k: int = 10) -> SpaceReport:
    """What a survey says; it was made by these groupings, or more."""
    if k < 1:
        raise InvalidSetting(f"{k} neighbours are none", hint="10 are usual")
    eigenvalues, _ = eigen(found.covariance)
    variance = eigenvalues.sum()
    explained = eigenvalues[:COMPONENTS] / variance if variance > 0 else np.empty(0)
    # Which of equal vectors is the nearest says nothing of them.
    nothing = Hubness(k=k, skewness=np.nan, never=np.nan, largest=0)
    return SpaceReport(
        encoder=found.encoder,
        n_images=found.n_images,
        without_vector=found.without_vector,
        dimension=found.vectors.shape[1],
        n_sample=len(found.rows),
        seed=found.seed,
        all_equal=found.all_equal,
        uniformity=uniformity(found.vectors),
        effective_rank=effective_rank(eigenvalues),
        explained_variance=tuple(explained.tolist()),
        hubness=nothing if found.all_equal else hubness(found.vectors, k),
        groupings={name: _grouping(found, name) for name in by},
    )


def _grouping(found: Survey, name: str) -> Grouping:
    column = found.images.columns[name]
    return Grouping(
        n_classes=len(column.names),
        n_images=int((column.codes >= 0).sum()),
        alignment=found.alignment[name],
        silhouette=(
            float("nan") if found.all_equal else silhouette(found.vectors, column.codes[found.rows])
        ),
    )
