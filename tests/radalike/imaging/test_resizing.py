"""Our resizing, against Pillow's."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from radalike.imaging.resizing import FILTERS, SUPPORT, resized
from radalike.records import Pixels

INTERPOLATIONS = sorted(FILTERS)


def pillow(pixels: Pixels, width: int, height: int, interpolation: str) -> npt.NDArray[Any]:
    image = Image.fromarray(pixels).resize((width, height), FILTERS[interpolation])
    return np.asarray(image)


def drawn(kind: str, rows: int, columns: int) -> Pixels:
    """Pixels whose sums fall on every part of a level, near its middle, and beyond white."""
    generator = np.random.default_rng(rows * 10_000 + columns)
    if kind == "noise":
        return generator.integers(0, 256, (rows, columns), dtype=np.uint8)
    if kind == "almost black":
        return generator.integers(0, 2, (rows, columns), dtype=np.uint8)
    if kind == "black and white":
        return generator.integers(0, 2, (rows, columns), dtype=np.uint8) * np.uint8(255)
    if kind == "stripes":
        return np.broadcast_to(np.arange(columns, dtype=np.uint8) % 2, (rows, columns)).copy()
    return np.full((rows, columns), generator.integers(0, 256), dtype=np.uint8)


KINDS = ["noise", "almost black", "black and white", "stripes", "flat"]


@st.composite
def tasks(draw: st.DrawFn) -> tuple[Pixels, int, int, str]:
    """Of all sizes that are not resized by Pillow, larger and smaller."""
    columns = draw(st.integers(100, 2500))
    rows = draw(st.integers(-(-192 * 192 // columns), 1500))
    interpolation = draw(st.sampled_from(INTERPOLATIONS))
    most = columns * 2 * SUPPORT[interpolation] // 10 if interpolation == "bilinear" else 600
    pixels = drawn(draw(st.sampled_from(KINDS)), rows, columns)
    return pixels, draw(st.integers(1, most)), draw(st.integers(1, 600)), interpolation


@settings(deadline=None, max_examples=60)
@given(tasks())
def test_it_is_pillow_s_to_the_bit(task: tuple[Pixels, int, int, str]) -> None:
    np.testing.assert_array_equal(resized(*task), pillow(*task))


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("shape", [(1200, 1000), (1000, 1200), (3000, 400), (400, 3000)])
def test_every_shape_of_radiograph(shape: tuple[int, int], interpolation: str) -> None:
    """Tall ones are resized the other way round, along columns first."""
    pixels = drawn("noise", *shape)
    expected = pillow(pixels, 70, 70, interpolation)
    np.testing.assert_array_equal(resized(pixels, 70, 70, interpolation), expected)


@settings(deadline=None, max_examples=30)
@given(tasks(), st.sampled_from(KINDS))
def test_colours_are_pillow_s_to_the_bit(task: tuple[Pixels, int, int, str], kind: str) -> None:
    pixels, *target = task
    other = drawn(kind, *pixels.shape)
    colour = np.stack([pixels, other, pixels[::-1]], axis=-1)
    found = resized(colour, *target)
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, pillow(colour, *target))


@pytest.mark.parametrize(
    ("shape", "interpolation"),
    [((256, 256), "bicubic"), ((700, 512, 3), "lanczos"), ((1200, 1200), "bilinear")],
)
def test_these_are_resized_without_pillow(
    shape: tuple[int, ...], interpolation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    expected = pillow(pixels, 224, 224, interpolation)
    monkeypatch.delattr(Image.Image, "resize")
    np.testing.assert_array_equal(resized(pixels, 224, 224, interpolation), expected)


@pytest.mark.parametrize(
    ("shape", "interpolation"),
    [
        ((64, 64), "bicubic"),
        ((900, 900, 3), "bilinear"),
        ((20, 20_000), "bicubic"),
        ((20_000, 20), "lanczos"),
    ],
)
def test_these_are_resized_by_pillow(shape: tuple[int, ...], interpolation: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    expected = pillow(pixels, 224, 224, interpolation)
    np.testing.assert_array_equal(resized(pixels, 224, 224, interpolation), expected)


@pytest.mark.parametrize("target", [(600, 1200), (1200, 600), (600, 100), (100, 1200)])
def test_a_side_that_stays_as_it_is(target: tuple[int, int]) -> None:
    pixels = drawn("noise", 600, 1200)
    height, width = target
    expected = pillow(pixels, width, height, "lanczos")
    np.testing.assert_array_equal(resized(pixels, width, height, "lanczos"), expected)


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("size", [1, 2, 15, 16, 17, 300, 600, 1400])
def test_all_numbers_of_bands(size: int, interpolation: str) -> None:
    """Of enlarged images, too: a band of outputs then begins where the one before does."""
    pixels = drawn("black and white", 200, 500)
    expected = pillow(pixels, size, size, interpolation)
    np.testing.assert_array_equal(resized(pixels, size, size, interpolation), expected)
