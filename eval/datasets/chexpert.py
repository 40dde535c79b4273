"""CheXpert: chest radiographs of Stanford Hospital.

Layout: CheXpert-v1.0 and its smaller images (Irvin et al. 2019, arXiv 1901.07031). Labels and
split as in the study's prepare_CheXpert.py (Denner et al. 2024), which adds up the values of a row
of train.csv, -1 for an uncertain one: so an image with an uncertain label beside its positive one
is left out, and the draw of patients is among those with a sum of one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath

from eval.datasets.chexpert_labels import OBSERVATIONS, label, values
from eval.datasets.dataset import Dataset, ListedImage, Reason
from eval.datasets.patient_split import validation_patients
from eval.datasets.published_tables import folder, rows, table
from radalike.errors import UsageError

_FOLDERS = ("CheXpert-v1.0", "CheXpert-v1.0-small")


class CheXpert(Dataset):
    name = "chexpert"
    title = "CheXpert (chest radiographs)"
    layout = (
        "CheXpert-v1.0 or CheXpert-v1.0-small (or is that folder): train.csv, valid.csv and the "
        "images in train and valid"
    )
    split_rule = "test: valid.csv; train and val: 90/10 by patient, seed 42"
    identity = ("patient", "study")
    labels = tuple(map(label, OBSERVATIONS))

    def __init__(self, directory: Path) -> None:
        given = folder(directory)
        places = [given / name for name in _FOLDERS]
        both = [place.name for place in places if (place / "train.csv").is_file()]
        if len(both) > 1:
            raise UsageError(
                f"{directory} holds {' and '.join(both)}, the same images in two sizes",
                hint=f"name one of them: {given / both[0]}",
            )
        train = table([given, *places], ["train.csv"], self.layout)
        self._folder = train.parent
        self.tables = (train, table([self._folder], ["valid.csv"], self.layout))
        self.base = self._folder.parent
        self.root = self.base.parent

    def images(self) -> Iterator[ListedImage | Reason]:
        train, valid = self.tables
        for path, patient, study, numbers in self._rows(train):
            split = "val" if patient in self._validation else "train"
            yield _listed(path, split, patient, study, numbers, uncertain=-1 in numbers)
        for path, patient, study, numbers in self._rows(valid):
            yield _listed(path, "test", patient, study, numbers, uncertain=False)

    @cached_property
    def _validation(self) -> frozenset[str]:
        """The study draws among the patients it keeps; the others are drawn apart by the same
        rule, so that its split is the same whatever labels are kept."""
        drawn: dict[str, None] = {}
        others: dict[str, None] = {}
        for _, patient, _, numbers in self._rows(self.tables[0]):
            (drawn if sum(numbers) == 1 else others)[patient] = None
        rest = [patient for patient in others if patient not in drawn]
        return validation_patients(drawn) | validation_patients(rest)

    def _rows(self, path: Path) -> Iterator[tuple[str, str, str, tuple[int, ...]]]:
        """(path of the image below the base, patient, study, label values)."""
        for line, (listed, *texts) in rows(path, ["Path", *OBSERVATIONS]):
            where = f"{path.name}, line {line}"
            parts = PurePosixPath(listed).parts
            if len(parts) != 5 or ".." in parts:
                raise UsageError(
                    f"{where}: Path is not CheXpert-v1.0/train/patient/study/view",
                    hint="download the table again",
                )
            # The first part is the folder's published name; people rename it.
            image = "/".join((self._folder.name, *parts[1:]))
            yield image, parts[2], f"{parts[2]}/{parts[3]}", values(texts, where)


def _listed(
    path: str, split: str, patient: str, study: str, numbers: tuple[int, ...], *, uncertain: bool
) -> ListedImage:
    labels = tuple(
        label(observation)
        for observation, value in zip(OBSERVATIONS, numbers, strict=True)
        if value == 1
    )
    return ListedImage(
        path, "CheXpert", split, "XR", "chest", labels, patient, study, uncertain=uncertain
    )
