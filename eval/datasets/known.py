"""The data sets that can be prepared."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eval.datasets.chexpert import CheXpert
from eval.datasets.dataset import Dataset
from eval.datasets.medmnist import MedMnist
from eval.datasets.mimic_cxr import MimicCxr
from eval.datasets.nih14 import Nih14
from eval.datasets.radimagenet import RadImageNet
from radalike.errors import UnknownName, UsageError

DATASETS: Mapping[str, type[RadImageNet | Nih14 | MimicCxr | CheXpert | MedMnist]] = {
    each.name: each for each in (RadImageNet, Nih14, MimicCxr, CheXpert, MedMnist)
}


def open_dataset(name: str, directory: Path, images_to: Path | None = None) -> Dataset:
    """The data set `name` in `directory`. Raises UnknownName, UsageError when it is not there."""
    if name not in DATASETS:
        raise UnknownName("data set", name, DATASETS)
    kind = DATASETS[name]
    if kind is MedMnist:
        return MedMnist(directory, images_to)
    if images_to is not None:
        raise UsageError(
            f"{name} has its images in files already",
            hint=f"leave out --images-to; it is for {MedMnist.name}",
        )
    return kind(directory)
