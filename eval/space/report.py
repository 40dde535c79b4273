"""What is said of a space of embeddings, and the same as JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eval.retrieval.report import finite


@dataclass(frozen=True, slots=True, kw_only=True)
class Hubness:
    """How unevenly images occur among the `k` nearest neighbours of the others in the sample.

    skewness: of the k-occurrence, its third standardised moment; 0 for an even spread, large where
    a few images (hubs) are near everything: Radovanović et al., JMLR 11 (2010), 2487-2531.
    never: share of images that no other has among its neighbours (anti-hubs). largest: most often
    that one image occurs. NaN where there is nothing to count.
    """

    k: int
    skewness: float
    never: float
    largest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """n_classes, n_images: of all that were looked at, those that have a value. alignment: see
    `eval.space.survey.ClassSums.alignment`, of all of them. silhouette: the mean silhouette
    (Rousseeuw, J. Comput. Appl. Math. 20 (1987), 53-65) by cosine distance, in [-1, 1], of the
    sample; NaN for fewer than two classes."""

    n_classes: int
    n_images: int
    alignment: float
    silhouette: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceReport:
    """Of all n_images: effective_rank, explained_variance (shares of the first components, the
    largest first) and the alignments. Of the n_sample images of the sample: uniformity, hubness
    and the silhouettes. all_equal: every embedding is the same, and what compares them is NaN.
    """

    encoder: str
    n_images: int
    without_vector: int
    dimension: int
    n_sample: int
    seed: int
    all_equal: bool
    uniformity: float
    effective_rank: float
    explained_variance: tuple[float, ...]
    hubness: Hubness
    groupings: Mapping[str, Grouping]


def as_json(report: SpaceReport) -> dict[str, object]:
    """Plain JSON values; a number that does not exist (NaN) is null. No image is named."""
    return {
        "encoder": report.encoder,
        "n_images": report.n_images,
        "without_vector": report.without_vector,
        "dimension": report.dimension,
        "n_sample": report.n_sample,
        "seed": report.seed,
        "all_equal": report.all_equal,
        "uniformity": finite(report.uniformity),
        "effective_rank": finite(report.effective_rank),
        "explained_variance": list(report.explained_variance),
        "hubness": {
            "k": report.hubness.k,
            "skewness": finite(report.hubness.skewness),
            "never": finite(report.hubness.never),
            "largest": report.hubness.largest,
        },
        "groupings": {
            name: {
                "n_classes": grouping.n_classes,
                "n_images": grouping.n_images,
                "alignment": finite(grouping.alignment),
                "silhouette": finite(grouping.silhouette),
            }
            for name, grouping in report.groupings.items()
        },
    }
