"""Our resizing of large grey images, against Pillow's."""

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


@st.composite
def tasks(draw: st.DrawFn) -> tuple[Pixels, int, int, str]:
    columns = draw(st.integers(300, 2500))
    rows = draw(st.integers(-(-512 * 512 // columns), 1500))
    interpolation = draw(st.sampled_from(INTERPOLATIONS))
    width = draw(st.integers(1, columns * 2 * SUPPORT[interpolation] // 10))
    kinds = ["noise", "almost black", "black and white", "stripes", "flat"]
    pixels = drawn(draw(st.sampled_from(kinds)), rows, columns)
    return pixels, width, draw(st.integers(1, 600)), interpolation


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


def test_large_grey_images_are_resized_without_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = drawn("noise", 1024, 1024)
    expected = pillow(pixels, 224, 224, "bicubic")
    monkeypatch.delattr(Image.Image, "resize")
    np.testing.assert_array_equal(resized(pixels, 224, 224, "bicubic"), expected)


@pytest.mark.parametrize("shape", [(256, 256), (900, 900, 3), (20, 20_000), (20_000, 20)])
def test_others_are_resized_by_pillow(shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    expected = pillow(pixels, 64, 64, "bicubic")
    np.testing.assert_array_equal(resized(pixels, 64, 64, "bicubic"), expected)


def test_the_size_it_has_already() -> None:
    pixels = drawn("noise", 600, 600)
    np.testing.assert_array_equal(resized(pixels, 600, 600, "lanczos"), pixels)


def test_only_fewer_columns() -> None:
    pixels = drawn("noise", 600, 1200)
    expected = pillow(pixels, 100, 600, "lanczos")
    np.testing.assert_array_equal(resized(pixels, 100, 600, "lanczos"), expected)
