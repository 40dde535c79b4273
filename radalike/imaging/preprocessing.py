"""From rendered pixels to an encoder's input size, as each encoder family does it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from PIL import Image

from radalike.errors import UsageError
from radalike.records import Pixels

_FILTERS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How pixels become an input: part of an encoder's fingerprint.

    size: side of the square input, pixels. fit: `squash` ignores the aspect ratio, `crop`
    resizes the shorter side to size / crop_fraction and cuts the centre, `pad` fits the longer
    side and fills with black, `corner` fits the longer side and fills right and below with zeros
    after normalisation (SAM). mean, std: per channel, of values in [0, 1]. scaling: how 8 bits
    become values in [0, 1]: `unit` divides by 255, `min-max` stretches each image from its least
    to its greatest value (MedSAM).
    """

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    interpolation: Literal["bilinear", "bicubic", "lanczos"] = "bicubic"
    fit: Literal["squash", "crop", "pad", "corner"] = "squash"
    crop_fraction: float = 1.0
    scaling: Literal["unit", "min-max"] = field(default="unit", metadata={"since": 2})


def preprocessing_of(fields: dict[str, Any]) -> Preprocessing:
    """From `dataclasses.asdict`, also when it has been through JSON."""
    mean, std = (tuple(fields[name]) for name in ("mean", "std"))
    return Preprocessing(**{**fields, "mean": mean, "std": std})


def prepare(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    """`pixels` at the input's size: uint8 (size, size) for grey, (size, size, 3) for colour; with
    `corner`, at most so large.

    Grey stays one channel here (a third of the work and of the traffic between processes); the
    encoder repeats it, which is the same as resizing three equal channels.
    """
    check_pixels(pixels)
    size = preprocessing.size
    resample = _FILTERS[preprocessing.interpolation]
    image = Image.fromarray(pixels)
    if preprocessing.fit == "squash":
        return np.asarray(image.resize((size, size), resample))
    height, width = pixels.shape[:2]
    if preprocessing.fit == "crop":
        side, reference = round(size / preprocessing.crop_fraction), min(height, width)
    else:
        side, reference = size, max(height, width)
    # In whole numbers: a side that came out one short by rounding would leave a black line.
    new_height, new_width = max(1, height * side // reference), max(1, width * side // reference)
    resized = np.asarray(image.resize((new_width, new_height), resample))
    return resized if preprocessing.fit == "corner" else _centred(resized, size)


def check_pixels(pixels: Pixels) -> None:
    """Raises UsageError unless `pixels` are a picture: uint8, (h, w) or (h, w, 3), not empty."""
    shape_fits = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)
    if pixels.dtype != np.uint8 or not shape_fits or 0 in pixels.shape:
        raise UsageError(
            f"pixels of shape {pixels.shape} and type {pixels.dtype}",
            hint="give uint8 pixels of shape (height, width) or (height, width, 3)",
        )


def _centred(pixels: Pixels, size: int) -> Pixels:
    """The centre `size` x `size` of `pixels`, black where there is none."""
    out = np.zeros((size, size, *pixels.shape[2:]), dtype=np.uint8)
    source, target = [], []
    for extent in pixels.shape[:2]:
        taken = min(extent, size)
        start, offset = round((extent - taken) / 2), round((size - taken) / 2)
        source.append(slice(start, start + taken))
        target.append(slice(offset, offset + taken))
    out[tuple(target)] = pixels[tuple(source)]
    return out
