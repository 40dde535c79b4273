"""MIMIC-CXR-JPG: chest radiographs with CheXpert labels, under PhysioNet's credentialed access.

Layout: MIMIC-CXR-JPG 2.0.0 and 2.1.0 (Johnson et al., doi:10.13026/jsn5-t979), whose tables are
named 2.0.0 in both. Labels as in the study's prepare_mimic.py (Denner et al. 2024): 1.0 is
positive, an uncertain label is not, and does not keep an image out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from eval.datasets.chexpert_labels import OBSERVATIONS, label, values
from eval.datasets.dataset import Dataset, ListedImage, Reason
from eval.datasets.published_tables import folder, rows, table
from radalike.errors import UnknownName, UsageError

_OBSERVATIONS = sorted(OBSERVATIONS)
"""In the order of the published table."""
_SPLITS = {"train": "train", "validate": "val", "test": "test"}


class MimicCxr(Dataset):
    name = "mimic-cxr"
    title = "MIMIC-CXR-JPG (chest radiographs)"
    layout = (
        "mimic-cxr-2.0.0-split.csv.gz, mimic-cxr-2.0.0-chexpert.csv.gz (or both unpacked) and "
        "files/p10 … files/p19, or has them in files/mimic-cxr-jpg/2.0.0 or 2.1.0"
    )
    split_rule = "as published; validate is val"
    identity = ("patient", "study")
    labels = tuple(map(label, _OBSERVATIONS))

    def __init__(self, directory: Path) -> None:
        self.base = folder(directory)
        self.root = self.base.parent
        # PhysioNet's own folders, as `wget` makes them; of two versions the newer
        places = [self.base, *sorted(self.base.glob("files/mimic-cxr-jpg/*"), reverse=True)]
        stem = "mimic-cxr-2.0.0-"
        self._splits = table(places, [f"{stem}split.csv.gz", f"{stem}split.csv"], self.layout)
        place = self._splits.parent
        self._labels = table(
            [place], [f"{stem}chexpert.csv.gz", f"{stem}chexpert.csv"], self.layout
        )
        self.tables = (self._splits, self._labels)
        inside = place.relative_to(self.base).as_posix()
        self._prefix = "" if inside == "." else f"{inside}/"

    def images(self) -> Iterator[ListedImage | Reason]:
        for line, (dicom, study, subject, split) in rows(
            self._splits, ["dicom_id", "study_id", "subject_id", "split"]
        ):
            where = f"{self._splits.name}, line {line}"
            if not (dicom.replace("-", "").isalnum() and study.isdigit() and subject.isdigit()):
                raise UsageError(
                    f"{where}: no dicom_id, study_id or subject_id as published",
                    hint="download the table again",
                )
            if split not in _SPLITS:
                raise UnknownName("split", split, _SPLITS)
            path = f"{self._prefix}files/p{subject[:2]}/p{subject}/s{study}/{dicom}.jpg"
            labels = self._labels_of_studies.get((subject, study))
            if labels is None:
                yield Reason.NOT_IN_LABELS
                continue
            yield ListedImage(path, "mimic", _SPLITS[split], "XR", "chest", labels, subject, study)

    @cached_property
    def _labels_of_studies(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        known: dict[tuple[int, ...], tuple[str, ...]] = {}
        found: dict[tuple[str, str], tuple[str, ...]] = {}
        for line, (subject, study, *texts) in rows(
            self._labels, ["subject_id", "study_id", *_OBSERVATIONS]
        ):
            where = f"{self._labels.name}, line {line}"
            numbers = values(texts, where)
            if numbers not in known:  # few combinations, many studies
                known[numbers] = tuple(
                    each for each, value in zip(self.labels, numbers, strict=True) if value == 1
                )
            labels = found.setdefault((subject, study), known[numbers])
            if labels != known[numbers]:
                raise UsageError(
                    f"{where}: this study was listed before, with other labels",
                    hint="download the table again",
                )
        return found
