"""Colours from palettes: whole, short, missing, and in either byte order."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian

from radalike.errors import ImageRejected, RejectCode
from radalike.imaging.dicom.image import read_dicom, render_frame
from tests.radalike.imaging.dicom.datasets import dataset, encoded

COLOURS = {"Red": [250, 10, 1], "Green": [0, 128, 2], "Blue": [3, 255, 3]}
WANTED = [[[250, 0, 3], [10, 128, 255], [1, 2, 3]]]


def palette(
    bits: int = 8,
    order: str = "<",
    count: int = 3,
    first: int = 0,
    indices: tuple[int, ...] = (0, 1, 2),
    scale: int | None = None,
    wide: bool = False,
) -> Dataset:
    """wide: entries of 8 bits in words."""
    made = dataset(np.array([indices], np.uint8), PhotometricInterpretation="PALETTE COLOR")
    factor = scale or (257 if bits == 16 else 1)
    for colour, entries in COLOURS.items():
        values = np.array(entries) * factor
        if bits == 16 or wide:
            data = values.astype(f"{order}u2").tobytes()
        else:
            packed = np.append(values, [0] * (len(values) % 2)).astype("u1").tobytes()
            data = np.frombuffer(packed, "<u2").astype(f"{order}u2").tobytes()
        name = f"{colour}PaletteColorLookupTable"
        setattr(made, f"{name}Descriptor", [count, first, bits])
        made[f"{name}Descriptor"].VR = "US"
        setattr(made, f"{name}Data", data)
        made[f"{name}Data"].VR = "OW"
    if order == ">":
        made["PixelData"].VR = "OB"
        made.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    return made


def pixels(made: Dataset) -> npt.NDArray[Any]:
    image = read_dicom(encoded(made))
    assert image is not None
    return render_frame(image, 0).pixels


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", [8, 16])
def test_colours_are_right_in_either_byte_order(bits: int, order: str) -> None:
    np.testing.assert_array_equal(pixels(palette(bits, order)), WANTED)


def test_entries_of_eight_bits_in_words_are_taken_as_they_are() -> None:
    np.testing.assert_array_equal(pixels(palette(8, wide=True)), WANTED)
    np.testing.assert_array_equal(pixels(palette(16, scale=1)), WANTED)


def test_indices_outside_the_table_take_its_ends() -> None:
    found = pixels(palette(first=10, indices=(0, 10, 11, 12, 200)))
    np.testing.assert_array_equal(found, [[WANTED[0][0], *WANTED[0], WANTED[0][2]]])


def test_a_short_table_goes_on_with_its_last_entry() -> None:
    made = palette(16, count=256, indices=(0, 1, 2, 3, 255))
    np.testing.assert_array_equal(pixels(made), [[*WANTED[0], WANTED[0][2], WANTED[0][2]]])


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int16])
def test_each_pixel_of_a_large_picture_has_the_colour_of_its_index(kind: Any) -> None:
    indices = np.random.default_rng(0).integers(0, 3, (200, 150)).astype(kind)
    made = palette(16)
    picture = dataset(indices, PhotometricInterpretation="PALETTE COLOR")
    for element in made:
        if "Palette" in element.keyword:
            picture.add(element)
    np.testing.assert_array_equal(pixels(picture), np.array(WANTED)[0][indices])


@pytest.mark.parametrize("what", ["Descriptor", "Data"])
def test_a_missing_table_is_rejected(what: str) -> None:
    made = palette()
    del made[f"GreenPaletteColorLookupTable{what}"]
    with pytest.raises(ImageRejected) as caught:
        pixels(made)
    assert caught.value.code is RejectCode.INVALID_ATTRIBUTES


@pytest.mark.parametrize("descriptor", [[3, 0], [3, 0, 0], [3, 0, 40]])
def test_a_descriptor_that_is_none_is_rejected(descriptor: list[int]) -> None:
    made = palette()
    made.RedPaletteColorLookupTableDescriptor = descriptor
    made["RedPaletteColorLookupTableDescriptor"].VR = "US"
    with pytest.raises(ImageRejected) as caught:
        pixels(made)
    assert caught.value.code is RejectCode.INVALID_ATTRIBUTES


def test_an_empty_table_is_rejected() -> None:
    made = palette()
    made.BluePaletteColorLookupTableData = b""
    with pytest.raises(ImageRejected) as caught:
        pixels(made)
    assert caught.value.code is RejectCode.INVALID_ATTRIBUTES
