"""Thumbnails and the hash they are stored under."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from radalike.imaging.thumbnails import LONGEST_SIDE, content_hash, thumbnail
from radalike.records import Pixels

pictures = arrays(np.uint8, st.tuples(st.integers(1, 4), st.integers(1, 4)))


def gradient(height: int, width: int) -> Pixels:
    return np.linspace(0, 255, height * width).reshape(height, width).astype(np.uint8)


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [(512, 256, (128, 256)), (300, 600, (256, 128)), (100, 40, (40, 100)), (1, 2000, (256, 1))],
)
def test_it_fits_the_longest_side(height: int, width: int, expected: tuple[int, int]) -> None:
    with Image.open(io.BytesIO(thumbnail(gradient(height, width)))) as image:
        assert image.format == "JPEG"
        assert image.size == expected
        assert max(image.size) <= LONGEST_SIDE


def test_it_looks_like_the_image_and_says_nothing_else() -> None:
    pixels = gradient(512, 512)
    with Image.open(io.BytesIO(thumbnail(pixels))) as image:
        small = np.asarray(image.convert("L")).astype(int)
        assert not {"exif", "icc_profile", "xmp"} & set(image.info)
    expected = np.asarray(Image.fromarray(pixels).resize((256, 256))).astype(int)
    assert np.abs(small - expected).mean() < 4


def test_colour_stays_colour() -> None:
    red = np.zeros((300, 300, 3), np.uint8)
    red[..., 0] = 200
    with Image.open(io.BytesIO(thumbnail(red))) as image:
        np.testing.assert_allclose(
            np.asarray(image.convert("RGB")).mean((0, 1)), (200, 0, 0), atol=6
        )


@given(pictures, pictures)
def test_hashes_are_equal_exactly_when_the_pixels_are(one: Pixels, two: Pixels) -> None:
    assert (content_hash(one) == content_hash(two)) is np.array_equal(one, two)


def test_the_hash_is_of_the_shape_too_and_not_of_the_memory() -> None:
    flat = np.arange(6, dtype=np.uint8)
    assert content_hash(flat.reshape(2, 3)) != content_hash(flat.reshape(3, 2))
    turned = np.asfortranarray(flat.reshape(2, 3))
    assert content_hash(turned) == content_hash(flat.reshape(2, 3))
    assert len(content_hash(turned)) == 64
