"""Rendering of DICOM, and the code that each broken file is rejected with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    ImplicitVRLittleEndian,
)

from radalike.imaging.dicom.image import (
    DicomFrame,
    DicomImage,
    read_dicom,
    render_frame,
    render_frames,
    sampled_frames,
)
from tests.radalike.imaging.dicom.datasets import RAMP, dataset, encoded

WINDOW: dict[str, Any] = {"WindowCenter": 0, "WindowWidth": 2000}
UP = [[0, 64, 128, 191, 255]]
"""RAMP, from -1000 to 1000, in WINDOW."""


def read(made: Dataset) -> DicomImage:
    image = read_dicom(encoded(made))
    assert image is not None
    return image


def frame(made: Dataset, number: int = 0) -> DicomFrame:
    return render_frame(read(made), number)


def pixels(made: Dataset) -> npt.NDArray[Any]:
    rendered = frame(made)
    assert rendered.warnings == ()
    assert rendered.pixels.dtype == np.uint8
    return rendered.pixels


def close_to(expected: Any) -> Callable[[npt.NDArray[Any]], None]:
    return lambda found: np.testing.assert_allclose(found.astype(int), expected, atol=1)


# -- grey values -----------------------------------------------------------------------------


def test_a_window_is_black_to_white() -> None:
    close_to(UP)(pixels(dataset(**WINDOW)))


def test_values_outside_the_window_are_black_and_white() -> None:
    close_to([[0, 0, 128, 255, 255]])(pixels(dataset(WindowCenter=0, WindowWidth=200)))


def test_the_window_is_of_rescaled_values() -> None:
    """Stored values of a CT are Hounsfield units + 1024; the window is in Hounsfield units."""
    stored = (RAMP + 1024).astype(np.uint16)
    made = dataset(stored, RescaleSlope=1, RescaleIntercept=-1024, **WINDOW)
    close_to(UP)(pixels(made))


def test_a_slope_scales() -> None:
    made = dataset(RAMP, RescaleSlope="0.5", RescaleIntercept=0, WindowCenter=0, WindowWidth=1000)
    close_to(UP)(pixels(made))


def test_a_falling_slope_turns_the_grey_scale_round() -> None:
    """The window is of values after rescaling (PS3.3 C.11.2.1.2): the largest are white."""
    made = dataset(RAMP, RescaleSlope=-1, RescaleIntercept=0, **WINDOW)
    close_to([[255, 191, 128, 64, 0]])(pixels(made))


def test_of_several_windows_the_first_is_taken() -> None:
    made = dataset(WindowCenter=[0, 500], WindowWidth=[2000, 10])
    close_to(UP)(pixels(made))


@pytest.mark.parametrize(
    ("function", "expected"),
    [("LINEAR", UP), ("LINEAR_EXACT", UP), ("SIGMOID", [[30, 69, 128, 186, 225]])],
)
def test_window_functions(function: str, expected: list[list[int]]) -> None:
    close_to(expected)(pixels(dataset(VOILUTFunction=function, **WINDOW)))


def test_monochrome1_is_inverse() -> None:
    made = dataset(PhotometricInterpretation="MONOCHROME1", **WINDOW)
    close_to([[255, 191, 127, 64, 0]])(pixels(made))


def test_an_inverse_presentation_is_inverse_once() -> None:
    for interpretation in ("MONOCHROME1", "MONOCHROME2"):
        made = dataset(
            PresentationLUTShape="INVERSE", PhotometricInterpretation=interpretation, **WINDOW
        )
        close_to([[255, 191, 127, 64, 0]])(pixels(made))


@pytest.mark.parametrize(
    "window",
    [
        {},
        {"WindowCenter": 0, "WindowWidth": 0},
        {"WindowCenter": 0},
        {"WindowWidth": "-3", "WindowCenter": 1},
    ],
)
def test_without_a_usable_window_percentiles_are_taken_and_noted(window: dict[str, Any]) -> None:
    values = np.arange(1000, dtype=np.int16).reshape(20, 50)
    values[0, 0] = 30_000  # one hot pixel must not darken the rest
    rendered = frame(dataset(values, **window))
    assert rendered.warnings == ("percentile-window",)
    assert rendered.pixels[19, 49] == 255
    assert 120 < rendered.pixels[10, 0] < 136


def test_an_even_image_is_black() -> None:
    rendered = frame(dataset(np.full((3, 3), 7, np.int16)))
    assert not rendered.pixels.any()


def test_a_voi_table() -> None:
    table = Dataset()
    table.LUTDescriptor = [3, 0, 8]
    table.LUTData = [0, 200, 255]
    table["LUTDescriptor"].VR = "US"
    table["LUTData"].VR = "US"
    stored = np.array([[0, 1, 2, 2]], dtype=np.uint16)
    made = dataset(stored, VOILUTSequence=Sequence([table]))
    np.testing.assert_array_equal(pixels(made), [[0, 200, 255, 255]])


def test_bits_that_are_not_stored_do_not_count() -> None:
    stored = np.array([[0, 2048, 4095]], dtype=np.uint16)
    made = dataset(stored, BitsStored=12, HighBit=11, WindowCenter=2048, WindowWidth=4096)
    close_to([[0, 128, 255]])(pixels(made))


def test_floating_point_pixels() -> None:
    made = dataset(RAMP, BitsAllocated=32, PixelData=None)
    made.FloatPixelData = np.array([[0, 1, 2, 3, 4]], dtype=np.float32).tobytes()
    close_to([[0, 63, 128, 192, 255]])(frame(made).pixels)


# -- colour ----------------------------------------------------------------------------------


def test_colour_is_kept() -> None:
    colour = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    np.testing.assert_array_equal(pixels(dataset(colour)), colour)


def test_luminance_and_chrominance_become_colour() -> None:
    grey = np.full((2, 2, 3), 128, np.uint8)
    grey[..., 0] = 90
    found = pixels(dataset(grey, PhotometricInterpretation="YBR_FULL"))
    np.testing.assert_allclose(found.astype(int), 90, atol=1)


def test_deep_colour_is_scaled() -> None:
    colour = np.array([[[0, 32_896, 65_535]]], dtype=np.uint16)
    close_to([[[0, 128, 255]]])(pixels(dataset(colour)))


@pytest.mark.parametrize("bits", [8, 16])
def test_a_palette_is_looked_up(bits: int) -> None:
    scale = 257 if bits == 16 else 1
    kind = np.uint16 if bits == 16 else np.uint8
    made = dataset(
        np.array([[0, 1]], dtype=np.uint8),
        PhotometricInterpretation="PALETTE COLOR",
    )
    for name, entries in {"Red": [250, 10], "Green": [0, 128], "Blue": [3, 255]}.items():
        setattr(made, f"{name}PaletteColorLookupTableDescriptor", [2, 0, bits])
        made[f"{name}PaletteColorLookupTableDescriptor"].VR = "US"
        data = np.array([entry * scale for entry in entries], dtype=kind).tobytes()
        setattr(made, f"{name}PaletteColorLookupTableData", data)
    np.testing.assert_array_equal(pixels(made), [[[250, 0, 3], [10, 128, 255]]])


# -- frames ----------------------------------------------------------------------------------


def test_each_frame_is_itself() -> None:
    frames = np.stack([np.full((2, 4), 40 * number, np.uint8) for number in range(5)])
    image = read(dataset(frames, WindowCenter=128, WindowWidth=256))
    assert image.frames == 5
    for number in range(5):
        rendered = render_frame(image, number)
        assert rendered.number == number
        close_to(40 * number)(rendered.pixels)


def test_frames_are_sampled_evenly() -> None:
    frames = np.zeros((20, 2, 2), np.uint8)
    image = read(dataset(frames))
    assert [each.number for each in render_frames(image, 4)] == [0, 6, 13, 19]
    assert len(list(render_frames(image, 100))) == 20


@given(st.integers(1, 3000), st.integers(1, 40))
def test_sampled_frames(total: int, most: int) -> None:
    numbers = sampled_frames(total, most)
    assert len(numbers) == min(total, most)
    assert numbers == sorted(set(numbers))
    assert numbers[0] == 0
    assert numbers[-1] == (total - 1 if most > 1 else 0)
    if len(numbers) > 1:
        gaps = np.diff(numbers)
        assert gaps.max() - gaps.min() <= 1


def test_implicit_representation_is_read() -> None:
    made = dataset(**WINDOW)
    made.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    close_to(UP)(pixels(made))


def test_an_irregular_header_is_noted() -> None:
    """The file says that its elements carry their representation, and they do not."""
    made = dataset(**WINDOW)
    explicit, implicit = encoded(made), DicomBytesIO()
    implicit.is_implicit_VR, implicit.is_little_endian = True, True
    write_dataset(implicit, made)
    meta = explicit[: explicit.index(b"\x08\x00\x16\x00UI")]
    image = read_dicom(meta + implicit.getvalue())
    assert image is not None
    assert image.warnings == ("irregular-header",)
    rendered = render_frame(image, 0)
    close_to(UP)(rendered.pixels)
    assert rendered.warnings == ("irregular-header",)
