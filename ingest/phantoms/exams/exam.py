"""The seam between drawing and DICOM: what an examination is asked for and what it gives.

An examination is a function from an `Order` to its series. Pictures are drawn when they are
iterated over, so a series that is cut short costs no more than what is taken of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from pydicom.uid import UID, ExplicitVRLittleEndian

from ingest.phantoms.drawing import Plane

Attributes: TypeAlias = Mapping[str, object]
"""DICOM keyword → value; a sequence is a list of such mappings."""

StoredPixels: TypeAlias = npt.NDArray[np.uint8] | npt.NDArray[np.uint16] | npt.NDArray[np.int16]
"""(rows, columns), (frames, rows, columns), or (rows, columns, 3) for uint8 RGB."""

SYNTHETIC = "Radalike synthetic phantom"
"""The mark that every file carries."""


@dataclass(frozen=True, slots=True)
class Order:
    """One examination to make. `body` and `visit` seed what the person is made of and what is
    new each time (position, noise); `turn` counts the examinations of the kind, from 0, and
    decides what alternates among them; `slices` is the length of a cross-sectional series;
    `matrix` the number of rows and columns of a CT slice, 256 or 512."""

    sex: str
    age: int
    lesion: bool
    turn: int
    slices: int
    matrix: int
    body: tuple[int, ...]
    visit: tuple[int, ...]

    def body_rng(self) -> np.random.Generator:
        return np.random.default_rng(self.body)

    def visit_rng(self) -> np.random.Generator:
        return np.random.default_rng(self.visit)


@dataclass(frozen=True, slots=True)
class Picture:
    """One DICOM instance to be: its pixels, and the attributes that only it has."""

    pixels: StoredPixels
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Series:
    """Attributes that all `pictures` share, and the transfer syntax they are stored in."""

    sop_class: str
    attributes: Attributes
    pictures: Iterator[Picture]
    transfer_syntax: UID = ExplicitVRLittleEndian


Draw: TypeAlias = Callable[[Order], list[Series]]


@dataclass(frozen=True, slots=True)
class Region:
    """A body part as DICOM names it: the defined term, and SNOMED CT code and meaning."""

    term: str
    code: str
    meaning: str


HEAD = Region("HEAD", "69536005", "Head")
BRAIN = Region("BRAIN", "12738006", "Brain")
ABDOMEN = Region("ABDOMEN", "113345001", "Abdomen")
CHEST = Region("CHEST", "51185008", "Chest")
HAND = Region("HAND", "85562004", "Hand")
BREAST = Region("BREAST", "76752008", "Breast")
THYROID = Region("THYROID", "69748006", "Thyroid")
LIVER = Region("LIVER", "10200004", "Liver")


def region_attributes(region: Region, turn: int) -> Attributes:
    """How the body part is told: the term alone, then with its code, then not at all, as
    archives do; descriptions and protocol names always tell it."""
    term = {"BodyPartExamined": region.term}
    code = {
        "CodeValue": region.code,
        "CodingSchemeDesignator": "SCT",
        "CodeMeaning": region.meaning,
    }
    return ({**term}, {**term, "AnatomicRegionSequence": [code]}, {})[turn % 3]


def described(text: str) -> str:
    """A description that says what it is a picture of, and that it is none."""
    return f"{text} [synthetic]"


def with_matrix(plane: Plane, matrix: int) -> Plane:
    """The same field of view in `matrix` by `matrix` pixels."""
    return replace(plane, rows=matrix, columns=matrix, spacing=plane.spacing * plane.rows / matrix)


def reposition(plane: Plane, rng: np.random.Generator) -> Plane:
    """The same body lying a little differently, as it does at every visit."""
    turn, across, down = rng.normal(0, (0.015, 1.5, 1.5))
    shift = (plane.shift[0] + float(across), plane.shift[1] + float(down))
    return replace(plane, turn=plane.turn + float(turn), shift=shift)
