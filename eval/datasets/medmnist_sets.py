"""The radiology sets of MedMNIST: modality, region and labels, in the order of their numbers.

Yang et al., Scientific Data 2023;10:41, and the table INFO of the authors' package (2.x).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MedMnistSet:
    """`regions` holds one region for all labels, or one for each.

    several: an image has any number of the labels; with none of them it is `none_of_them`.
    """

    modality: str
    regions: tuple[str, ...]
    findings: tuple[str, ...]
    several: bool = False
    none_of_them: str = ""

    def region(self, number: int) -> str:
        return self.regions[number if len(self.regions) > 1 else 0]

    def label(self, number: int) -> str:
        return f"{self.modality}/{self.region(number)}/{self.findings[number]}"

    @property
    def labels(self) -> tuple[str, ...]:
        """All label columns; that of an image without any label is last."""
        named = tuple(map(self.label, range(len(self.findings))))
        return (*named, self.label_of_none) if self.none_of_them else named

    @property
    def label_of_none(self) -> str:
        return f"{self.modality}/{self.regions[0]}/{self.none_of_them}"


_ORGANS = (
    "bladder femur-left femur-right heart kidney-left kidney-right liver lung-left lung-right "
    "pancreas spleen"
).split()
_ORGAN_SET = MedMnistSet("CT", tuple(organ.partition("-")[0] for organ in _ORGANS), tuple(_ORGANS))
"""A crop around one organ: the region is that organ, not the abdomen of the CT."""

RADIOLOGY_SETS: Mapping[str, MedMnistSet] = {
    "chestmnist": MedMnistSet(
        "XR",
        ("chest",),
        tuple(
            "atelectasis cardiomegaly effusion infiltration mass nodule pneumonia pneumothorax "
            "consolidation edema emphysema fibrosis pleural hernia".split()
        ),
        several=True,
        none_of_them="no finding",  # as in ChestX-ray14, which it is made of
    ),
    "pneumoniamnist": MedMnistSet("XR", ("chest",), ("normal", "pneumonia")),
    "breastmnist": MedMnistSet("US", ("breast",), ("malignant", "normal, benign")),
    "organamnist": _ORGAN_SET,
    "organcmnist": _ORGAN_SET,
    "organsmnist": _ORGAN_SET,
}
