"""From rendered pixels to an encoder's input size, as each encoder family does it."""

from __future__ import annotations

from math import ceil

import numpy as np
from PIL import Image

from radalike.errors import ImageRejected, RejectCode, UsageError
from radalike.imaging.preprocessing import Preprocessing
from radalike.imaging.resizing import FILTERS, SUPPORT, columns_first, resized
from radalike.records import Pixels

_LONGEST = 8  # in sizes of the input
_LARGEST = 512 * 1024 * 1024  # samples of the square that an image is put on


def prepare(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    """`pixels` at the input's size: uint8 (size, size) for grey, (size, size, 3) for colour; with
    `corner`, at most so large.

    Grey stays one channel here (a third of the work and of the traffic between processes); the
    encoder repeats it, which is the same as resizing three equal channels.
    Raises UsageError for what is no picture, ImageRejected for one that is too long and thin.
    """
    check_pixels(pixels)
    size, interpolation = preprocessing.size, preprocessing.interpolation
    if preprocessing.fit == "squash":
        return _squashed(pixels, preprocessing)
    if preprocessing.fit == "crop":
        return _cropped(pixels, preprocessing)
    if preprocessing.fit == "pad":
        return resized(_on_a_square(pixels, size), size, size, interpolation)
    scale = size / max(pixels.shape[:2])
    height, width = (max(1, int(side * scale + 0.5)) for side in pixels.shape[:2])
    return resized(pixels, width, height, interpolation)


def check_pixels(pixels: Pixels) -> None:
    """Raises UsageError unless `pixels` are a picture: uint8, (h, w) or (h, w, 3), not empty."""
    shape_fits = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)
    if pixels.dtype != np.uint8 or not shape_fits or 0 in pixels.shape:
        raise UsageError(
            f"pixels of shape {pixels.shape} and type {pixels.dtype}",
            hint="give uint8 pixels of shape (height, width) or (height, width, 3)",
        )


def _squashed(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    """A square of size / crop_fraction, and the centre of that."""
    size = preprocessing.size
    side = int(size / preprocessing.crop_fraction)
    square = resized(pixels, side, side, preprocessing.interpolation)
    start, kept = _centre(side, size, preprocessing.centring)
    centre = slice(start, start + kept)
    return square if kept == side else np.ascontiguousarray(square[centre, centre])


def _cropped(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    """Resized so that its shorter side is size / crop_fraction, and the centre of that.

    Sides are rounded down, as torchvision, timm, open_clip and transformers do.
    """
    size, interpolation = preprocessing.size, preprocessing.interpolation
    side, shorter = int(size / preprocessing.crop_fraction), min(pixels.shape[:2])
    # In whole numbers: a side that came out one short by rounding would leave a black line.
    height, width = (max(1, extent * side // shorter) for extent in pixels.shape[:2])
    (top, out_height), (left, out_width) = (
        _centre(extent, size, preprocessing.centring) for extent in (height, width)
    )
    rows, columns = slice(top, top + out_height), slice(left, left + out_width)
    if max(width, height) <= _LONGEST * size:
        cut = resized(pixels, width, height, interpolation)[rows, columns]
    else:  # nearly all of it would be thrown away: only what stays is computed
        cut = _part(pixels, (width, height), interpolation, (rows, columns))
    if cut.shape[:2] == (size, size):
        return np.ascontiguousarray(cut)
    # What is short of the input gets black around it; an odd line more is below and right, but for
    # transformers.
    more = 1 if preprocessing.centring == "down" else 0
    top, left = ((size - each + more) // 2 for each in (out_height, out_width))
    return _in_the_middle(cut, top, left, size)


def _part(
    pixels: Pixels, size: tuple[int, int], interpolation: str, kept: tuple[slice, slice]
) -> Pixels:
    """`kept`, rows and columns, of `pixels` at `size`, width and height, from the pixels that they
    depend on."""
    near, box = [], []
    for extent, target, part in zip(pixels.shape, size[::-1], kept, strict=False):
        scale = extent / target
        first, last = part.start * scale, part.stop * scale
        reach = ceil(SUPPORT[interpolation] * max(scale, 1)) + 1
        start, end = max(0, int(first) - reach), min(extent, ceil(last) + reach)
        near.append(slice(start, end))
        box.append((first - start, last - start))
    (top, bottom), (left, right) = box
    rows, columns = (part.stop - part.start for part in kept)
    image = Image.fromarray(np.ascontiguousarray(pixels[near[0], near[1]]))

    def across(image: Image.Image) -> Image.Image:
        whole = (left, 0, right, image.height)
        return image.resize((columns, image.height), FILTERS[interpolation], box=whole)

    def down(image: Image.Image) -> Image.Image:
        whole = (0, top, image.width, bottom)
        return image.resize((image.width, rows), FILTERS[interpolation], box=whole)

    # In the order in which all of it would be resized.
    if columns_first(pixels.shape[0], pixels.shape[1], *size):
        return np.asarray(across(down(image)))
    return np.asarray(down(across(image)))


def _centre(extent: int, size: int, centring: str) -> tuple[int, int]:
    """Where the centre of an `extent` begins, and how much of it there is."""
    margin = max(extent - size, 0)
    return margin // 2 if centring == "down" else round(margin / 2), min(extent, size)


def _on_a_square(pixels: Pixels, size: int) -> Pixels:
    height, width = pixels.shape[:2]
    side = max(size, height, width)
    if side * side * (pixels.size // (height * width)) > _LARGEST:
        raise ImageRejected(
            RejectCode.RESOURCE_LIMIT, "too long for the square that it is put on", limit=_LARGEST
        )
    return _in_the_middle(pixels, (side - height) // 2, (side - width) // 2, side)


def _in_the_middle(pixels: Pixels, top: int, left: int, side: int) -> Pixels:
    """A black square of `side` with `pixels` at that place."""
    square = np.zeros((side, side, *pixels.shape[2:]), dtype=np.uint8)
    square[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return square
