"""Windows of the caller's own, and what they can be set for."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from radalike.imaging.dicom.image import DicomFrame, GreyScale, grey_scale, read_dicom, render_frame
from radalike.imaging.dicom.views import Window
from radalike.imaging.renderings import CT_PRESETS, STORED_WINDOW
from tests.radalike.imaging.dicom.datasets import RAMP, dataset, encoded

WINDOW: dict[str, Any] = {"WindowCenter": 0, "WindowWidth": 2000}
UP = [[0, 64, 128, 191, 255]]
"""RAMP, from -1000 to 1000, in WINDOW."""


def frame(made: Dataset, rendering: str | Window = STORED_WINDOW) -> DicomFrame:
    image = read_dicom(encoded(made))
    assert image is not None
    return render_frame(image, 0, rendering)


def test_a_window_of_the_caller_s_own_is_in_rescaled_values() -> None:
    made = dataset(RAMP, RescaleSlope=2, RescaleIntercept=100, **WINDOW)
    for window in (Window(100, 4001), Window(99.5, 4000, "LINEAR_EXACT")):
        assert frame(made, window).pixels.tolist() == UP
    assert frame(made, Window(100, 1)).pixels.tolist() == [[0, 0, 255, 255, 255]]


def test_a_window_of_the_caller_s_own_comes_before_percentiles_and_is_no_warning() -> None:
    made = dataset(RAMP, WindowCenter=0, WindowWidth=0)
    assert frame(made).warnings == ("percentile-window",)
    found = frame(made, Window(0, 2001))
    assert (found.pixels.tolist(), found.warnings) == (UP, ())


def test_the_grey_scale_of_a_frame() -> None:
    made = dataset(np.stack([RAMP, RAMP // 2]), RescaleSlope=2, RescaleIntercept=100, **WINDOW)
    image = read_dicom(encoded(made))
    assert image is not None
    presets = tuple(CT_PRESETS)
    assert grey_scale(image, 0) == GreyScale(-1900.0, 2100.0, (0.0, 2000.0), presets)
    assert grey_scale(image, 1) == GreyScale(-900.0, 1100.0, (0.0, 2000.0), presets)


def test_the_grey_scale_of_floats_and_of_colour() -> None:
    floats = dataset(None, Rows=1, Columns=2, SamplesPerPixel=1, BitsAllocated=32)
    floats.PhotometricInterpretation = "MONOCHROME2"
    floats.FloatPixelData = np.array([-0.5, 1.5], np.float32).tobytes()
    image = read_dicom(encoded(floats))
    assert image is not None
    assert grey_scale(image, 0) == GreyScale(-0.5, 1.5, None, ())
    colours = read_dicom(encoded(dataset(np.zeros((4, 5, 3), np.uint8))))
    assert colours is not None
    assert grey_scale(colours, 0) is None
