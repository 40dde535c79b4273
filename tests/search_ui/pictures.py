"""Images of the search page's test libraries: four kinds, and a clinic of patients with series."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from radalike.library import Library
from radalike.library.writing.additions import ImageInput
from radalike.records import Metadata, Pixels, Term

KINDS = (("CT", "chest"), ("CT", "brain"), ("MR", "brain"), ("US", "thyroid"))
PER_KIND = 6
PATIENTS = 12
SLICES = 3


def picture(modality: str, anatomy: str, number: int) -> Pixels:
    """A disc on a grating: its size, place and pitch say which kind it is; the rest is noise."""
    kind = KINDS.index((modality, anatomy))
    random = np.random.default_rng(1000 * kind + number)
    rows, columns = np.mgrid[0:96, 0:80] / 80
    disc = (rows - 0.3 - 0.1 * kind) ** 2 + (columns - 0.5) ** 2 < (0.15 + 0.05 * kind) ** 2
    grating = np.sin((kind + 1) * 12 * (rows if kind % 2 else columns))
    grey = 90 + 40 * grating + 100 * disc + random.normal(0, 8, rows.shape)
    pixels: Pixels = np.clip(grey, 0, 255).astype(np.uint8)
    return pixels


def image_input(modality: str, anatomy: str, number: int) -> ImageInput:
    metadata = Metadata(
        dataset="discs",
        modality=Term(modality, "test", 1.0),
        anatomy=Term(anatomy, "test", 1.0),
        labels=(f"{modality}/{anatomy}/disc {number % 2}",),
    )
    name = f"{modality}/{anatomy}/{number}"
    return ImageInput(name, picture(modality, anatomy, number), metadata)


def clinic_images() -> Iterator[ImageInput]:
    """Of each of 12 patients a chest CT of 3 slices and, in the same study, an MR of the brain;
    then two copies of the first patient's MR, which nobody knows to be of the same person."""
    for patient in range(PATIENTS):
        for number in range(SLICES):
            pixels = picture("CT", "chest", 10 * patient + number)
            yield _of_patient(f"ct/{patient}/{number}", pixels, "CT", "chest", patient)
        pixels = picture("MR", "brain", 10 * patient)
        yield _of_patient(f"mr/{patient}", pixels, "MR", "brain", patient)
    for copy in range(2):
        metadata = Metadata(
            dataset="copies",
            modality=Term("MR", "test", 1.0),
            anatomy=Term("brain", "test", 1.0),
            split="test",
        )
        yield ImageInput(f"copy/{copy}", picture("MR", "brain", 0), metadata)


def _of_patient(name: str, pixels: Pixels, modality: str, anatomy: str, patient: int) -> ImageInput:
    ct = modality == "CT"
    metadata = Metadata(
        dataset="clinic",
        modality=Term(modality, "test", 1.0),
        anatomy=Term(anatomy, "test", 1.0),
        organ="lung" if ct else None,
        view="axial",
        laterality="LR"[patient % 2] if ct else None,
        split="train" if patient < 8 else "val",
        labels=(f"{modality}/{anatomy}/{'nodule' if patient % 3 else 'unspecified'}",),
        sex="FM"[patient // 2 % 2],
        age=20 + 5 * patient,
        year=2010 + patient % 5,
        patient=f"{patient:032x}",
        study=f"{100 + patient:032x}",
        series=f"{(200 if ct else 300) + patient:032x}",
    )
    return ImageInput(name, pixels, metadata)


def of_patient(library: Library, number: int, modality: str = "CT") -> list[str]:
    """Ids of a patient of the clinic, in the order they came in."""
    return [
        image
        for image, each in library.metadata().items()
        if each.patient == f"{number:032x}" and each.modality.value == modality
    ]
