"""The input an encoder sees, against Pillow's own resizing."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from radalike.errors import UsageError
from radalike.imaging.preprocessing import Preprocessing, prepare, preprocessing_of
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


def test_pad_keeps_all_and_fills_with_black() -> None:
    pixels = noise(64, 32)
    expected = Image.fromarray(pixels).resize((8, 16), Image.Resampling.BICUBIC)
    prepared = prepare(pixels, PAD)
    np.testing.assert_array_equal(prepared[:, 4:12], np.asarray(expected))
    assert not prepared[:, :4].any()
    assert not prepared[:, 12:].any()


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
    for how in (replace(CROP, size=224, crop_fraction=0.875), replace(PAD, size=224)):
        assert (prepare(white, how) == 255).all()


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


def test_it_goes_through_json_and_back() -> None:
    fields = json.loads(json.dumps(asdict(CROP)))
    assert preprocessing_of(fields) == CROP
    assert hash(preprocessing_of(fields)) == hash(CROP)
