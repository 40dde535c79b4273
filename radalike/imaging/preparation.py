"""From rendered pixels to an encoder's input size, as each encoder family does it."""

from __future__ import annotations

from math import ceil

import numpy as np
from PIL import Image

from radalike.errors import ImageRejected, RejectCode, UsageError
from radalike.imaging.preprocessing import Preprocessing
from radalike.records import Pixels

_FILTERS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
_SUPPORT = 3  # pixels that Lanczos, the widest, looks to either side
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
    size = preprocessing.size
    resample = _FILTERS[preprocessing.interpolation]
    image = Image.fromarray(pixels)
    if preprocessing.fit == "squash":
        resized = image.resize((size, size), resample)
    elif preprocessing.fit == "crop":
        resized = _cropped(image, preprocessing, resample)
    elif preprocessing.fit == "pad":
        resized = _on_a_square(image, size).resize((size, size), resample)
    else:
        scale = size / max(image.size)
        width, height = (max(1, int(side * scale + 0.5)) for side in image.size)
        resized = image.resize((width, height), resample)
    return np.asarray(resized)


def check_pixels(pixels: Pixels) -> None:
    """Raises UsageError unless `pixels` are a picture: uint8, (h, w) or (h, w, 3), not empty."""
    shape_fits = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)
    if pixels.dtype != np.uint8 or not shape_fits or 0 in pixels.shape:
        raise UsageError(
            f"pixels of shape {pixels.shape} and type {pixels.dtype}",
            hint="give uint8 pixels of shape (height, width) or (height, width, 3)",
        )


def _cropped(
    image: Image.Image, preprocessing: Preprocessing, resample: Image.Resampling
) -> Image.Image:
    """Resized so that its shorter side is size / crop_fraction, and the centre of that.

    Sides are rounded down, as torchvision, timm, open_clip and transformers do.
    """
    size = preprocessing.size
    side, shorter = int(size / preprocessing.crop_fraction), min(image.size)
    # In whole numbers: a side that came out one short by rounding would leave a black line.
    width, height = (max(1, extent * side // shorter) for extent in image.size)
    (left, out_width), (top, out_height) = (
        _centre(extent, size, preprocessing.centring) for extent in (width, height)
    )
    box = (left, top, left + out_width, top + out_height)
    if max(width, height) <= _LONGEST * size:
        cut = image.resize((width, height), resample).crop(box)
    else:  # nearly all of it would be thrown away: only what stays is computed
        cut = _part(image, (width, height), resample, box)
    if cut.size == (size, size):
        return cut
    out = Image.new(image.mode, (size, size))
    out.paste(cut, ((size - out_width) // 2, (size - out_height) // 2))
    return out


def _part(
    image: Image.Image,
    resized: tuple[int, int],
    resample: Image.Resampling,
    box: tuple[int, int, int, int],
) -> Image.Image:
    """What `image.resize(resized, resample).crop(box)` is, from the pixels that it depends on."""
    kept, source = [], []
    for axis in (0, 1):
        scale = image.size[axis] / resized[axis]
        first, last = box[axis] * scale, box[axis + 2] * scale
        reach = ceil(_SUPPORT * max(scale, 1)) + 1
        start, end = max(0, int(first) - reach), min(image.size[axis], ceil(last) + reach)
        kept.append((start, end))
        source.append((first - start, last - start))
    (left, right), (top, bottom) = kept
    near = image.crop((left, top, right, bottom))
    inner = (source[0][0], source[1][0], source[0][1], source[1][1])
    return near.resize((box[2] - box[0], box[3] - box[1]), resample, box=inner)


def _centre(extent: int, size: int, centring: str) -> tuple[int, int]:
    """Where the centre of an `extent` begins, and how much of it there is."""
    margin = max(extent - size, 0)
    return margin // 2 if centring == "down" else round(margin / 2), min(extent, size)


def _on_a_square(image: Image.Image, size: int) -> Image.Image:
    side = max(size, *image.size)
    if side * side * len(image.getbands()) > _LARGEST:
        raise ImageRejected(
            RejectCode.RESOURCE_LIMIT, "too long for the square that it is put on", limit=_LARGEST
        )
    square = Image.new(image.mode, (side, side))
    square.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return square
