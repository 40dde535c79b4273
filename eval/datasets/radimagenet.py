"""RadImageNet: CT, MR and ultrasound, labelled by folder.

Layout: Mei et al., Radiology: Artificial Intelligence 2022;4(5):e210315, and its CSV splits. What
their folders mean is read as the study read it (Denner et al. 2024, prepare_radimagenet.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from eval.datasets.dataset import SPLITS, Dataset, ListedImage, Reason
from eval.datasets.published_tables import folder, rows, table
from radalike.errors import UnknownName, UsageError

_TOP = "radiology_ai"
_ULTRASOUND = (
    "aorta bladder cbd fibroid gb ivc kidney liver ovary pancreas portal_vein spleen thyroid uterus"
).split()
_ULTRASOUND_LABELS = {organ: (organ, "normal") for organ in _ULTRASOUND} | {
    "thyroid_nodule": ("thyroid", "nodule")
}
"""Ultrasound has folders of organs only: their label is `normal`."""


class RadImageNet(Dataset):
    name = "radimagenet"
    title = "RadImageNet (CT, MR, US)"
    layout = (
        "RadiologyAI_train.csv, RadiologyAI_val.csv, RadiologyAI_test.csv and the images in "
        "radiology_ai/CT, radiology_ai/MR, radiology_ai/US (or is radiology_ai itself)"
    )
    split_rule = "as published"

    def __init__(self, directory: Path) -> None:
        given = folder(directory)
        self.base = self.root = given.parent if given.name == _TOP else given
        places = (given, self.base, self.base / _TOP)
        self.tables = tuple(
            table(places, [f"RadiologyAI_{split}.csv"], self.layout) for split in SPLITS
        )

    def images(self) -> Iterator[ListedImage | Reason]:
        known: dict[str, tuple[str, str, tuple[str]]] = {}
        for split, path in zip(SPLITS, self.tables, strict=True):
            for line, (filename,) in rows(path, ["filename"]):
                place = os.path.dirname(filename)  # a folder is read once, not for each image
                if place not in known:
                    known[place] = _meaning(PurePosixPath(place), f"{path.name}, line {line}")
                modality, region, labels = known[place]
                yield ListedImage(filename, _TOP, split, modality, region, labels)


def _meaning(place: PurePosixPath, where: str) -> tuple[str, str, tuple[str]]:
    """(modality, region, labels) of a folder such as radiology_ai/CT/lung/nodule."""
    parts = place.parts
    if len(parts) < 3 or parts[0] != _TOP or ".." in parts:
        raise UsageError(
            f"{where}: {str(place)!r} is no folder of RadImageNet",
            hint=f"file names begin with {_TOP}/CT, {_TOP}/MR or {_TOP}/US, as published",
        )
    modality, folders = parts[1], parts[2:]
    if modality == "US":
        organ = "/".join(folders)
        if organ not in _ULTRASOUND_LABELS:
            raise UnknownName("ultrasound folder", organ, _ULTRASOUND_LABELS)
        folders = _ULTRASOUND_LABELS[organ]
    elif modality not in ("CT", "MR"):
        raise UnknownName("modality folder", modality, ("CT", "MR", "US"))
    elif len(folders) < 2:
        raise UsageError(
            f"{where}: {str(place)!r} has no folder of a pathology",
            hint=f"CT and MR are in {_TOP}/modality/region/pathology, as published",
        )
    return modality, folders[0], ("/".join((modality, *folders)),)
