"""Synthetic images of three kinds, drawn with arithmetic that is the same everywhere."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from radalike.library.writing.additions import ImageInput
from radalike.records import Metadata, Pixels, Term

KINDS = {"CT": "abdomen_pelvis", "US": "thyroid", "XR": "chest"}
"""Modality of each kind, and its region."""

LABELS = ("normal", "lesion", "effusion")
PATIENTS = 12


def picture(modality: str, number: int, *, height: int = 96, width: int = 80) -> Pixels:
    """A slice with organs, a fan with speckle, or a chest with ribs; `number` varies it."""
    generator = np.random.default_rng(number)
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    size = 0.6 + 0.3 * generator.random()
    if modality == "CT":
        body = (columns / size) ** 2 + (rows / (size * 0.8)) ** 2 < 1
        x, y = generator.uniform(-0.4, 0.4, 2)
        organ = (columns - x) ** 2 + (rows - y) ** 2 < 0.05
        drawn = body * 110.0 + organ * 70
    elif modality == "US":
        fan = (np.abs(columns) < 0.5 * (rows + 1.1) * size) & (rows < size)
        drawn = fan * generator.gamma(2.0, 35.0, rows.shape)
    else:
        lungs = ((np.abs(columns) - 0.4) / 0.3) ** 2 + (rows / size) ** 2 < 1
        ribs = np.cos(rows * (12 + 4 * size)) > 0.6
        drawn = 170.0 - lungs * 110 + ribs * 30
    noise = generator.normal(0, 3, rows.shape)
    pixels: Pixels = np.clip(drawn + noise, 0, 255).astype(np.uint8)
    return pixels


def image_input(number: int, *, dataset: str = "phantoms") -> ImageInput:
    """Image `number`: kinds, labels, patients and splits take turns."""
    modality = list(KINDS)[number % len(KINDS)]
    metadata = Metadata(
        dataset=dataset,
        modality=Term(modality, "Modality", 1.0),
        anatomy=Term(KINDS[modality], "BodyPartExamined", 0.85),
        labels=(LABELS[number % 2], LABELS[2]) if number % 5 == 0 else (LABELS[number % 2],),
        split="test" if number % 4 == 0 else "train",
        sex="F" if number % 2 else None,
        age=30 + number,
        year=2020 + number % 3,
        patient=f"patient-{number % PATIENTS}",
        study=f"study-{number // 2}",
    )
    return ImageInput(f"{modality}/{number:03}.png", picture(modality, number), metadata)


def image_inputs(count: int, *, start: int = 0) -> Iterator[ImageInput]:
    return (image_input(number) for number in range(start, start + count))
