"""The input an encoder sees, against Pillow's own resizing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from radalike.errors import ImageRejected, RejectCode, UsageError
from radalike.imaging.preparation import prepare
from radalike.imaging.preprocessing import Preprocessing
from radalike.records import Pixels

SQUASH = Preprocessing(size=16, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))
CROP = replace(SQUASH, fit="crop")
PAD = replace(SQUASH, fit="pad")


def noise(*shape: int) -> Pixels:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("shape", [(40, 30), (40, 30, 3), (5, 9), (16, 16)])
def test_squash_is_pillow_s_resize(shape: tuple[int, ...]) -> None:
    pixels = noise(*shape)
    expected = Image.fromarray(pixels).resize((16, 16), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(prepare(pixels, SQUASH), np.asarray(expected))


def test_bilinear_is_bilinear() -> None:
    pixels = noise(40, 30)
    expected = Image.fromarray(pixels).resize((16, 16), Image.Resampling.BILINEAR)
    prepared = prepare(pixels, replace(SQUASH, interpolation="bilinear"))
    np.testing.assert_array_equal(prepared, np.asarray(expected))
    assert (prepared != prepare(pixels, SQUASH)).any()


def test_crop_cuts_the_centre_of_the_shorter_side_s_size() -> None:
    pixels = noise(64, 32)
    expected = Image.fromarray(pixels).resize((16, 32), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(prepare(pixels, CROP), np.asarray(expected)[8:24])


def test_crop_fraction_leaves_a_margin() -> None:
    pixels = noise(40, 40, 3)
    expected = Image.fromarray(pixels).resize((20, 20), Image.Resampling.BICUBIC)
    prepared = prepare(pixels, replace(CROP, crop_fraction=0.8))
    np.testing.assert_array_equal(prepared, np.asarray(expected)[2:18, 2:18])


def test_pad_puts_the_image_on_a_black_square_and_resizes_that() -> None:
    pixels = noise(64, 33)
    square = np.zeros((64, 64), np.uint8)
    square[:, 15:48] = pixels
    expected = Image.fromarray(square).resize((16, 16), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(prepare(pixels, PAD), np.asarray(expected))


def test_pad_never_enlarges() -> None:
    """MedCLIP's square is as large as the input at least."""
    pixels = noise(5, 9)
    expected = np.zeros((16, 16), np.uint8)
    expected[5:10, 3:12] = pixels
    np.testing.assert_array_equal(prepare(pixels, PAD), expected)


def test_what_is_too_long_for_a_square_is_rejected() -> None:
    with pytest.raises(ImageRejected, match="too long for the square") as caught:
        prepare(np.zeros((1, 30_000), np.uint8), PAD)
    assert caught.value.code == RejectCode.RESOURCE_LIMIT


CORNER = replace(SQUASH, fit="corner")


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((40, 30), (16, 12)), ((30, 41), (12, 16)), ((33, 2), (16, 1)), ((16, 16), (16, 16))],
)
def test_corner_rounds_the_shorter_side(shape: tuple[int, int], expected: tuple[int, int]) -> None:
    prepared = prepare(noise(*shape), CORNER)
    resized = Image.fromarray(noise(*shape)).resize(expected[::-1], Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(prepared, np.asarray(resized))


def test_corner_keeps_a_line_of_a_very_thin_image() -> None:
    assert prepare(noise(1, 900), CORNER).shape == (1, 16)


@pytest.mark.parametrize(
    ("extent", "even", "down"), [(17, 0, 0), (19, 2, 1), (21, 2, 2), (23, 4, 3)]
)
def test_half_a_pixel_of_margin(extent: int, even: int, down: int) -> None:
    """torchvision rounds it to the even neighbour, transformers down."""
    pixels = noise(16, extent)
    np.testing.assert_array_equal(prepare(pixels, CROP), pixels[:, even : even + 16])
    found = prepare(pixels, replace(CROP, centring="down"))
    np.testing.assert_array_equal(found, pixels[:, down : down + 16])


def test_a_squashed_image_can_be_cut() -> None:
    pixels = noise(90, 300)
    how = replace(CROP, fit="squash", crop_fraction=16 / 21)
    whole = Image.fromarray(pixels).resize((21, 21), Image.Resampling.BICUBIC)
    for centring, start in (("even", 2), ("down", 2)):
        found = prepare(pixels, replace(how, centring=centring))  # type: ignore[arg-type]
        expected = np.asarray(whole)[start : start + 16, start : start + 16]
        np.testing.assert_array_equal(found, expected)
        assert found.flags.c_contiguous


@pytest.mark.parametrize(("centring", "before"), [("even", 2), ("down", 3)])
def test_an_odd_line_of_black_is_below_but_for_transformers(centring: str, before: int) -> None:
    how = replace(CROP, crop_fraction=16 / 11, centring=centring)  # type: ignore[arg-type]
    prepared = prepare(np.full((40, 40), 200, dtype=np.uint8), how)
    lit = np.flatnonzero(prepared.any(axis=1))
    assert (lit[0], len(lit)) == (before, 11)


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "lanczos"])
@pytest.mark.parametrize(
    ("shape", "fraction"),
    [
        ((1, 2000), 1.0),
        ((2000, 3), 0.875),
        ((37, 1001), 0.95),
        ((300, 9000), 0.875),
        ((3000, 300), 0.875),
    ],
)
def test_the_centre_of_a_long_image_needs_no_more_than_its_surroundings(
    shape: tuple[int, int], fraction: float, interpolation: str
) -> None:
    """Within a level of what resizing all of it gives, which can take gigabytes."""
    how = replace(CROP, size=32, crop_fraction=fraction, interpolation=interpolation)  # type: ignore[arg-type]
    pixels = noise(*shape)
    side = int(32 / fraction)
    height, width = (extent * side // min(shape) for extent in shape)
    resample = Image.Resampling[interpolation.upper()]
    whole = np.asarray(Image.fromarray(pixels).resize((width, height), resample)).astype(int)
    top, left = round((height - 32) / 2), round((width - 32) / 2)
    expected = whole[top : top + 32, left : left + 32]
    assert np.abs(prepare(pixels, how).astype(int) - expected).max() <= 1


def test_a_crop_of_a_very_long_image_is_cheap() -> None:
    """All of it at this height would be 200 GB."""
    prepared = prepare(np.full((1, 4_000_000), 9, np.uint8), replace(CROP, size=224))
    assert prepared.shape == (224, 224)
    assert (prepared == 9).all()


@pytest.mark.parametrize(("size", "fraction", "side"), [(224, 0.95, 235), (224, 0.9, 248)])
def test_the_resized_side_is_rounded_down(size: int, fraction: float, side: int) -> None:
    """As timm and transformers do."""
    pixels = noise(300, 300)
    margin = (side - size) // 2
    expected = np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC))
    found = prepare(pixels, replace(CROP, size=size, crop_fraction=fraction, centring="down"))
    np.testing.assert_array_equal(found, expected[margin : margin + size, margin : margin + size])


def test_grey_stays_one_channel_and_equals_three_equal_ones() -> None:
    grey = noise(50, 37)
    for how in (SQUASH, CROP, PAD):
        prepared = prepare(grey, how)
        assert prepared.shape == (16, 16)
        three = prepare(np.dstack([grey] * 3), how)
        np.testing.assert_array_equal(three, np.dstack([prepared] * 3))


@given(
    st.integers(1, 2000),
    st.integers(1, 2000),
    st.sampled_from([16, 224]),
    st.sampled_from([0.875, 1.0]),
)
def test_an_evenly_white_image_has_no_black_rim_in_a_crop(
    height: int, width: int, size: int, fraction: float
) -> None:
    """A side that is one pixel short, by rounding, would leave a black line."""
    height, width = max(height, width // 20 + 1), max(width, height // 20 + 1)
    how = replace(CROP, size=size, crop_fraction=fraction)
    prepared = prepare(np.full((height, width), 255, np.uint8), how)
    assert prepared.shape == (size, size)
    assert (prepared == 255).all()


@pytest.mark.parametrize("side", [49, 55, 98, 103, 107, 161, 333])
def test_a_square_fills_the_input_whatever_its_side(side: int) -> None:
    white = np.full((side, side), 255, np.uint8)
    how = replace(CROP, size=224, crop_fraction=0.875)
    assert (prepare(white, how) == 255).all()
    padded = prepare(white, replace(PAD, size=min(side, 224)))
    assert (padded == 255).all()


@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from(["squash", "crop", "pad"]))
def test_any_shape_gives_the_input_s_size(height: int, width: int, fit: str) -> None:
    how = replace(SQUASH, fit=fit)  # type: ignore[arg-type]
    prepared = prepare(np.full((height, width, 3), 7, np.uint8), how)
    assert prepared.shape == (16, 16, 3)
    assert prepared.dtype == np.uint8


@pytest.mark.parametrize("shape", [(4, 4, 4), (4, 4, 1), (4,), (0, 4), (4, 0, 3)])
def test_what_is_no_picture_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="pixels of shape"):
        prepare(np.zeros(shape, np.uint8), SQUASH)
    with pytest.raises(UsageError, match="float32"):
        prepare(np.zeros((4, 4), np.float32), SQUASH)
