"""What is between stored values and grey levels: padding, views, functional groups, presets."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian

from radalike.errors import ImageRejected, RejectCode, UnknownName
from radalike.imaging.dicom.image import DicomFrame, read_dicom, render_frame
from radalike.imaging.renderings import CT_PRESETS, RENDERINGS
from tests.radalike.imaging.dicom.datasets import RAMP, dataset, encoded

WINDOW: dict[str, Any] = {"WindowCenter": 0, "WindowWidth": 2000}
UP = [[0, 64, 128, 191, 255]]
"""RAMP, from -1000 to 1000, in WINDOW."""
PERCENTILE_WINDOW = ("percentile-window",)


def frame(made: Dataset, number: int = 0, rendering: str = "stored-window") -> DicomFrame:
    image = read_dicom(encoded(made))
    assert image is not None
    return render_frame(image, number, rendering)


def item(**attributes: Any) -> Dataset:
    made = Dataset()
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


# -- padding ---------------------------------------------------------------------------------


@pytest.mark.parametrize("interpretation", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("window", [WINDOW, {}])
def test_padding_is_black_and_counts_for_nothing(
    interpretation: str, window: dict[str, Any]
) -> None:
    values = np.full((10, 100), -2000, np.int16)
    values[:, 50:] = np.linspace(-1000, 1000, 500).reshape(10, 50)
    made = dataset(
        values, PixelPaddingValue=-2000, PhotometricInterpretation=interpretation, **window
    )
    found = frame(made).pixels
    assert not found[:, :50].any()
    picture = found[:, 50:] if interpretation == "MONOCHROME2" else 255 - found[:, 50:]
    np.testing.assert_allclose(picture, np.linspace(0, 255, 500).reshape(10, 50), atol=3)


def test_padding_may_be_a_range_and_either_way_round() -> None:
    for ends in ((-1000, -400), (-400, -1000)):
        made = dataset(PixelPaddingValue=ends[0], PixelPaddingRangeLimit=ends[1], **WINDOW)
        np.testing.assert_allclose(frame(made).pixels, [[0, 0, 128, 191, 255]], atol=1)


def test_padding_written_unsigned_is_meant_as_the_pixels_are() -> None:
    made = dataset(
        elements={0x00280120: ("US", 2**16 - 1000)},
        PhotometricInterpretation="MONOCHROME1",
        **WINDOW,
    )
    assert frame(made).pixels[0, 0] == 0


def test_padding_is_of_stored_values() -> None:
    """Stored 0 is -1024 HU: a padding value of 0 is not water."""
    stored = np.array([[0, 1024, 2048]], np.uint16)
    made = dataset(stored, PixelPaddingValue=0, RescaleSlope=1, RescaleIntercept=-1024, **WINDOW)
    np.testing.assert_allclose(frame(made).pixels, [[0, 128, 255]], atol=1)


def test_nothing_but_padding_is_black() -> None:
    rendered = frame(dataset(np.full((3, 3), 5, np.int16), PixelPaddingValue=5))
    assert not rendered.pixels.any()


# -- views -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "view",
    [
        {"WindowCenter": 0, "WindowWidth": "0.5"},
        {"WindowCenter": [0, 1], "WindowWidth": 2000},
        {"WindowCenter": 0, "WindowWidth": 2000, "VOILUTFunction": "CUBIC"},
        {"WindowCenter": "nan", "WindowWidth": 2000},
        {"WindowCenter": 0},
        {},
    ],
    ids=str,
)
def test_a_view_that_cannot_be_used_gives_way_to_percentiles(view: dict[str, Any]) -> None:
    rendered = frame(dataset(**view))
    assert rendered.warnings == PERCENTILE_WINDOW
    np.testing.assert_allclose(rendered.pixels, UP, atol=2)


def test_a_narrow_exact_window_can_be_used() -> None:
    made = dataset(WindowCenter=0, WindowWidth="0.5", VOILUTFunction="LINEAR_EXACT")
    rendered = frame(made)
    assert rendered.warnings == ()
    np.testing.assert_array_equal(rendered.pixels, [[0, 0, 128, 255, 255]])


def test_a_window_of_width_one_is_a_threshold() -> None:
    made = dataset(WindowCenter=500, WindowWidth=1)
    np.testing.assert_array_equal(frame(made).pixels, [[0, 0, 0, 255, 255]])


@pytest.mark.parametrize(("bits", "values"), [(8, [0, 102, 255]), (4, [0, 6, 15])])
def test_eight_bits_without_a_window_are_shown_as_they_are(bits: int, values: list[int]) -> None:
    stored = np.array([values], np.uint8)
    rendered = frame(dataset(stored, BitsStored=bits, HighBit=bits - 1, Modality="US"))
    assert rendered.warnings == ()
    np.testing.assert_array_equal(rendered.pixels, [[0, 102, 255]])


def test_a_few_hot_pixels_do_not_make_the_picture_black() -> None:
    counts = np.zeros((64, 64), np.uint16)
    counts[10, 10:14] = [50, 100, 150, 200]
    np.testing.assert_allclose(frame(dataset(counts)).pixels[10, 10:14], [64, 128, 191, 255])


@pytest.mark.parametrize("slope", ["1e308", "nan", "inf"])
def test_rescaling_to_no_number_is_rejected(slope: str) -> None:
    with pytest.raises(ImageRejected) as caught:
        frame(dataset(RescaleSlope=slope, RescaleIntercept=0, **WINDOW))
    assert caught.value.code is RejectCode.INVALID_ATTRIBUTES


def test_a_slope_of_zero_is_passed_over() -> None:
    made = dataset(RescaleSlope=0, RescaleIntercept=7, **WINDOW)
    np.testing.assert_allclose(frame(made).pixels, UP, atol=1)


def table(descriptor: list[int], data: Any, representation: str = "US") -> Dataset:
    made = Dataset()
    made.add_new(0x00283002, "US", descriptor)
    made.add_new(0x00283006, representation, data)
    return made


@pytest.mark.parametrize("big", [True, False])
def test_tables_are_read_in_either_byte_order(big: bool) -> None:
    order = ">" if big else "<"
    entries = np.array([0, 1000, 4095], order + "u2").tobytes()
    stored = np.array([[9, 10, 11, 12, 99]], np.uint16)
    made = dataset(stored.astype(order + "u2"), VOILUTSequence=[table([3, 10, 12], entries, "OW")])
    made.BitsAllocated = made.BitsStored = 16
    if big:
        made.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    np.testing.assert_array_equal(frame(made).pixels, [[0, 0, 62, 255, 255]])


def test_a_modality_table_comes_before_the_window() -> None:
    stored = np.array([[0, 1, 2, 3]], np.uint16)
    made = dataset(
        stored,
        ModalityLUTSequence=[table([4, 0, 16], [0, 50, 100, 100])],
        WindowCenter=50.5,
        WindowWidth=101,
    )
    np.testing.assert_allclose(frame(made).pixels, [[0, 128, 255, 255]], atol=1)


def test_a_table_that_is_none_gives_way_to_percentiles() -> None:
    rendered = frame(dataset(VOILUTSequence=[table([3, 0, 8], b"", "OW")]))
    assert rendered.warnings == PERCENTILE_WINDOW


# -- enhanced multi-frame --------------------------------------------------------------------


def groups(
    centre: float | None = None, width: float | None = None, intercept: float | None = None
) -> Dataset:
    made = Dataset()
    if centre is not None:
        made.FrameVOILUTSequence = [item(WindowCenter=centre, WindowWidth=width)]
    if intercept is not None:
        made.PixelValueTransformationSequence = [
            item(RescaleSlope=1, RescaleIntercept=intercept, RescaleType="HU")
        ]
    return made


STORED = np.stack([RAMP + 1024, RAMP + 1024]).astype(np.uint16)


def test_each_frame_has_its_own_window() -> None:
    made = dataset(STORED, SharedFunctionalGroupsSequence=[groups(intercept=-1024)])
    made.PerFrameFunctionalGroupsSequence = [groups(0, 2000), groups(0, 200)]
    np.testing.assert_allclose(frame(made, 0).pixels, UP, atol=1)
    np.testing.assert_allclose(frame(made, 1).pixels, [[0, 0, 128, 255, 255]], atol=1)


def test_a_frames_own_group_comes_before_the_shared_one() -> None:
    made = dataset(STORED, SharedFunctionalGroupsSequence=[groups(0, 2000, intercept=0)])
    made.PerFrameFunctionalGroupsSequence = [groups(intercept=-1024), groups()]
    np.testing.assert_allclose(frame(made, 0).pixels, UP, atol=1)
    assert frame(made, 1).pixels[0, 0] > 120


def test_groups_come_before_the_dataset() -> None:
    made = dataset(
        STORED,
        WindowCenter=9000,
        WindowWidth=10,
        RescaleSlope=5,
        RescaleIntercept=0,
        SharedFunctionalGroupsSequence=[groups(0, 2000, intercept=-1024)],
    )
    np.testing.assert_allclose(frame(made).pixels, UP, atol=1)


# -- renderings ------------------------------------------------------------------------------

HOUNSFIELD: dict[str, Any] = {"RescaleSlope": 1, "RescaleIntercept": 0}


@pytest.mark.parametrize("name", CT_PRESETS)
def test_a_preset_is_a_window_in_hounsfield_units(name: str) -> None:
    centre, width = CT_PRESETS[name]
    wanted = frame(dataset(WindowCenter=centre, WindowWidth=width, **HOUNSFIELD))
    found = frame(dataset(**WINDOW, **HOUNSFIELD), rendering=name)
    np.testing.assert_array_equal(found.pixels, wanted.pixels)
    assert found.warnings == ()


@pytest.mark.parametrize(
    "attributes",
    [
        {**HOUNSFIELD, "Modality": "MR"},
        {**HOUNSFIELD, "RescaleType": "US"},
        {},
    ],
    ids=["MR", "no Hounsfield units", "not rescaled"],
)
def test_a_preset_is_for_ct_alone(attributes: dict[str, Any]) -> None:
    found = frame(dataset(**WINDOW, **attributes), rendering="lung")
    np.testing.assert_allclose(found.pixels, UP, atol=1)


def test_a_preset_is_for_enhanced_ct_too() -> None:
    made = dataset(STORED, SharedFunctionalGroupsSequence=[groups(0, 2000, intercept=-1024)])
    lung = frame(made, rendering="lung").pixels
    np.testing.assert_allclose(lung, [[59, 145, 230, 255, 255]], atol=1)


def test_percentiles_by_choice_are_no_warning() -> None:
    rendered = frame(dataset(WindowCenter=0, WindowWidth=10), rendering="percentile")
    np.testing.assert_allclose(rendered.pixels, UP, atol=2)
    assert rendered.warnings == ()


def test_colour_is_the_same_in_every_rendering() -> None:
    colour = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    for rendering in RENDERINGS:
        np.testing.assert_array_equal(frame(dataset(colour), rendering=rendering).pixels, colour)


def test_an_unknown_rendering_is_refused() -> None:
    with pytest.raises(UnknownName, match="lung"):
        frame(dataset(), rendering="lungs")


# -- one table for all pixels ----------------------------------------------------------------


@given(
    arrays(np.int16, (4, 5), elements=st.integers(-(2**15), 2**15 - 1)),
    st.sampled_from([{}, {"PixelPaddingValue": 0}, {"PhotometricInterpretation": "MONOCHROME1"}]),
)
def test_the_table_of_16_bits_gives_what_the_values_themselves_give(
    values: npt.NDArray[np.int16], attributes: dict[str, Any]
) -> None:
    """32-bit values are computed pixel by pixel, their percentiles by numpy."""
    for rendering in ("percentile", "stored-window"):
        by_table = frame(dataset(values, **attributes, **WINDOW), rendering=rendering)
        wide = values.astype(np.int32)
        by_value = frame(dataset(wide, **attributes, **WINDOW), rendering=rendering)
        np.testing.assert_array_equal(by_table.pixels, by_value.pixels)
        assert by_table.warnings == by_value.warnings


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int16])
def test_a_large_frame_is_rendered_as_its_parts_are(kind: Any) -> None:
    generator = np.random.default_rng(0)
    values = generator.integers(-128 if kind is np.int16 else 0, 256, (300, 200)).astype(kind)
    whole = frame(dataset(values, **WINDOW)).pixels
    for start in range(0, 300, 50):
        part = frame(dataset(values[start : start + 50], **WINDOW)).pixels
        np.testing.assert_array_equal(whole[start : start + 50], part)


@given(arrays(np.uint16, (6, 7)))
def test_percentiles_are_those_of_numpy(values: npt.NDArray[np.uint16]) -> None:
    low, high = np.percentile(values, (0.5, 99.5))
    if high > low:
        wanted = np.clip((values - low) / (high - low), 0, 1) * 255
        found = frame(dataset(values), rendering="percentile").pixels
        np.testing.assert_allclose(found, wanted, atol=0.51)
