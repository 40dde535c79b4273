"""The study's published table: P@N over its combined data (Denner et al., arXiv 2403.06567).

It was measured on 1.6 million images of four public data sets: beside numbers from other images it
is an orientation, not a comparison.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from radalike.encoders.spec import IMPORTED


@dataclass(frozen=True, slots=True)
class Published:
    """micro, macro: P@1, P@3, P@5, P@10."""

    model: str
    micro: tuple[float, float, float, float]
    macro: tuple[float, float, float, float]


AT = (1, 3, 5, 10)

PUBLISHED: Mapping[str, Published] = {
    "resnet50-logits": Published(
        "ResNet", (0.544, 0.538, 0.535, 0.529), (0.204, 0.193, 0.189, 0.182)
    ),
    "vit-b16-in21k": Published("ViT", (0.560, 0.554, 0.550, 0.543), (0.217, 0.204, 0.199, 0.190)),
    "sam-vit-b": Published("SAM", (0.520, 0.517, 0.515, 0.511), (0.197, 0.187, 0.182, 0.175)),
    "medsam-vit-b": Published("MedSAM", (0.489, 0.483, 0.478, 0.470), (0.154, 0.146, 0.142, 0.134)),
    "clip-vit-l14-openai": Published(
        "CLIP", (0.571, 0.567, 0.565, 0.559), (0.222, 0.213, 0.209, 0.202)
    ),
    "medclip-vit": Published("MedCLIP", (0.566, 0.561, 0.559, 0.554), (0.223, 0.211, 0.205, 0.198)),
    "biomedclip": Published(
        "BiomedCLIP", (0.594, 0.590, 0.588, 0.583), (0.240, 0.230, 0.224, 0.217)
    ),
    "mae-vit-b": Published("MAE", (0.513, 0.507, 0.503, 0.497), (0.183, 0.177, 0.172, 0.166)),
    "dinov2-vit-b14": Published(
        "DINOv2", (0.553, 0.548, 0.545, 0.540), (0.219, 0.204, 0.199, 0.192)
    ),
}
"""By our encoder's id."""


def published_of(encoder: str) -> Published | None:
    """What the study says of an encoder, or of its vectors when they were imported."""
    return PUBLISHED.get(encoder.removeprefix(IMPORTED))
