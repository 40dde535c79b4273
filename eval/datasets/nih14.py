"""NIH ChestX-ray14: 112,120 frontal chest radiographs.

Layout: the authors' download (Wang et al., CVPR 2017, arXiv 1705.02315): the table
Data_Entry_2017.csv (or Data_Entry_2017_v2020.csv), the official lists of images, the images in
images_001/images … images_012/images or in one folder. Labels and split as in the study's
prepare_nih14.py (Denner et al. 2024).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from eval.datasets.dataset import Dataset, ListedImage, Reason
from eval.datasets.patient_split import validation_patients
from eval.datasets.published_tables import folder, names, rows, table
from radalike.errors import UnknownName, UsageError

_FINDINGS = (
    "No Finding|Atelectasis|Cardiomegaly|Consolidation|Edema|Effusion|Infiltration|Mass|Nodule|"
    "Pneumonia|Pneumothorax|Emphysema|Fibrosis|Pleural_Thickening|Hernia"
).split("|")
_RENAMED = {"Effusion": "Pleural Effusion", "Pleural_Thickening": "Pleural Thickening"}
"""So that MIMIC-CXR and CheXpert have the same label for the same finding."""
_LABELS = {finding: f"XR/chest/{_RENAMED.get(finding, finding)}" for finding in _FINDINGS}


class Nih14(Dataset):
    name = "nih14"
    title = "NIH ChestX-ray14 (chest radiographs)"
    layout = (
        "Data_Entry_2017.csv (or Data_Entry_2017_v2020.csv), train_val_list.txt, test_list.txt and "
        "the images in images_001/images … images_012/images, or in images"
    )
    split_rule = "test: the official list; train and val: 90/10 by patient, seed 42"
    identity = ("patient",)
    labels = tuple(_LABELS.values())

    def __init__(self, directory: Path) -> None:
        self.base = folder(directory)
        self.root = self.base.parent
        self._entries, self._train_val, self._test = self.tables = (
            table([self.base], ["Data_Entry_2017.csv", "Data_Entry_2017_v2020.csv"], self.layout),
            table([self.base], ["train_val_list.txt"], self.layout),
            table([self.base], ["test_list.txt"], self.layout),
        )

    def images(self) -> Iterator[ListedImage | Reason]:
        without_labels = dict.fromkeys(self._lists)
        for line, (name, findings, patient) in rows(
            self._entries, ["Image Index", "Finding Labels", "Patient ID"]
        ):
            without_labels.pop(name, None)
            if name not in self._lists:
                yield Reason.NOT_IN_A_SPLIT
                continue
            if not patient:
                raise UsageError(
                    f"{self._entries.name}, line {line}: no Patient ID",
                    hint="download the table again; the split is made by patient",
                )
            split = self._lists[name]
            if split == "train" and patient in self._validation:
                split = "val"
            labels = _labels(findings)
            path = self._paths.get(name, f"images/{name}")
            yield ListedImage(path, "nih14", split, "XR", "chest", labels, patient)
        yield from [Reason.NOT_IN_LABELS] * len(without_labels)

    @cached_property
    def _lists(self) -> Mapping[str, str]:
        """The official split of each image: `train` stands for train and val."""
        lists = dict.fromkeys(names(self._train_val), "train")
        for name in names(self._test):
            if lists.get(name) == "train":
                raise UsageError(
                    f"{name} is in both {self._train_val.name} and {self._test.name}",
                    hint="download the lists again",
                )
            lists[name] = "test"
        return lists

    @cached_property
    def _validation(self) -> frozenset[str]:
        entries = rows(self._entries, ["Image Index", "Patient ID"])
        return validation_patients(
            patient for _, (name, patient) in entries if self._lists.get(name) == "train"
        )

    @cached_property
    def _paths(self) -> Mapping[str, str]:
        """Where each image is: the downloads unpack into different folders. Of one that is there
        twice, the first in the order of names."""
        paths: dict[str, str] = {}
        for place, folders, files in os.walk(self.base):
            folders.sort()
            inside = Path(place).relative_to(self.base)
            for name in files:
                if name.endswith(".png"):
                    paths.setdefault(name, (inside / name).as_posix())
        return paths


def _labels(findings: str) -> tuple[str, ...]:
    found = set()
    for finding in filter(None, findings.split("|")):
        if finding not in _LABELS:
            raise UnknownName("finding", finding, _LABELS)
        found.add(finding)
    return tuple(label for finding, label in _LABELS.items() if finding in found)
