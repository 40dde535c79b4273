"""Resizing as Pillow does it, to the bit; of large grey images faster (bicubic, from 1,500 px on,
in about half its time).

Pillow (`Resample.c` of version 13) weighs the pixels that its filter reaches in whole numbers of
2**-22, along rows and then along columns, or the other way round, and rounds to uint8 after each.
Here each of the two is a product of float32 matrices, for a band of neighbouring outputs at a time;
where the product's error could have changed the rounding, a pixel is computed in whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from radalike.records import Pixels

FILTERS: Mapping[str, Image.Resampling] = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
SUPPORT: Mapping[str, int] = {"bilinear": 1, "bicubic": 2, "lanczos": 3}
"""How many pixels each looks to either side, at the scale of what is smaller."""

# Pillow is faster on fewer pixels, and where fewer of a row are in the filter's reach; and no image
# is so long, but for one that is made to fill the memory.
_LARGE, _MANY_TAPS, _LONGEST = 512 * 512, 10, 16_384
_BITS = 22  # of a weight, behind the point
_OUTPUTS, _INPUTS = 16, 320_000  # of a product: what the cache holds
_UNIT = 2.0**-24  # the error of a float32, as a part of it

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


def resized(pixels: Pixels, width: int, height: int, interpolation: str) -> Pixels:
    """`pixels`, (h, w) or (h, w, 3) uint8, at (height, width): what Pillow's `resize` gives."""
    rows, columns = pixels.shape[:2]
    taps = 2 * SUPPORT[interpolation] * columns / width
    large = pixels.size >= _LARGE and max(rows, columns) <= _LONGEST
    if pixels.ndim == 3 or not large or taps < _MANY_TAPS:
        image = Image.fromarray(pixels).resize((width, height), FILTERS[interpolation])
        return np.asarray(image)
    across = _weights(columns, width, interpolation)
    down = _weights(rows, height, interpolation)
    if rows - height > max(0, 2 * (columns - width)):  # as Pillow decides it
        return _along_rows(_along_columns(pixels, down), across)
    return _along_columns(_along_rows(pixels, across), down)


@dataclass(frozen=True)
class _Band:
    """Some neighbouring outputs, the inputs that they depend on, and (inputs, outputs) weights."""

    outputs: slice
    inputs: slice
    weights: npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Weights:
    """Of each output along one axis: its first input, and (outputs, taps) weights in 2**-22. The
    bands say the same for the products, of which `error` is the most that one can be off."""

    first: npt.NDArray[np.int64]
    whole: npt.NDArray[np.int64]
    bands: tuple[_Band, ...]
    error: float


def _along_rows(pixels: Pixels, weights: _Weights) -> Pixels:
    if pixels.shape[1] == len(weights.first):
        return pixels
    found = np.empty((len(pixels), len(weights.first)), dtype=np.uint8)
    at_once = _INPUTS // pixels.shape[1]
    numbers = np.empty((at_once, pixels.shape[1]), dtype=np.float32)
    sums = np.empty((at_once, found.shape[1]), dtype=np.float32)
    for start in range(0, len(pixels), at_once):
        some = pixels[start : start + at_once]
        given, summed = numbers[: len(some)], sums[: len(some)]
        given[...] = some
        for band in weights.bands:
            np.matmul(given[:, band.inputs], band.weights, out=summed[:, band.outputs])
        levels = found[start : start + at_once]
        row, output = _rounded(summed, weights.error, levels)
        levels[row, output] = _exactly(some, row, weights, output)
    return found


def _along_columns(pixels: Pixels, weights: _Weights) -> Pixels:
    if len(pixels) == len(weights.first):
        return pixels
    found = np.empty((len(weights.first), pixels.shape[1]), dtype=np.uint8)
    for band in weights.bands:
        given = pixels[band.inputs].astype(np.float32)
        levels = found[band.outputs]
        output, column = _rounded(band.weights.T @ given, weights.error, levels)
        levels[output, column] = _exactly(pixels.T, column, weights, output + band.outputs.start)
    return found


def _rounded(sums: npt.NDArray[np.float32], error: float, levels: Pixels) -> tuple[Places, Places]:
    """Rounds `sums` into `levels`, and gives the places where that can be wrong by `error`."""
    sums += np.float32(0.5)
    whole = np.floor(sums)
    sums -= whole
    uncertain = (sums < error) | (sums > 1 - error)
    np.clip(whole, 0, 255, out=whole)
    levels[...] = whole
    first, second = np.divmod(np.flatnonzero(uncertain), sums.shape[1])
    return first, second


def _exactly(pixels: Pixels, row: Places, weights: _Weights, output: Places) -> Pixels:
    """These outputs, each of one row of `pixels`, in whole numbers."""
    taps = np.arange(weights.whole.shape[1])
    # A weight beyond the last input is zero.
    inputs = np.minimum(weights.first[output, None] + taps, pixels.shape[1] - 1)
    sums = np.einsum("nt,nt->n", pixels[row[:, None], inputs], weights.whole[output])
    levels: Pixels = np.clip((sums + (1 << _BITS - 1)) >> _BITS, 0, 255).astype(np.uint8)
    return levels


@lru_cache(maxsize=16)
def _weights(extent: int, outputs: int, interpolation: str) -> _Weights:
    """Of an axis of `extent` pixels that becomes `outputs` (Pillow's `precompute_coeffs`)."""
    scale = extent / outputs
    wide = max(scale, 1.0)
    support = SUPPORT[interpolation] * wide
    centre = (np.arange(outputs) + 0.5) * scale
    first = np.maximum((centre - support + 0.5).astype(np.int64), 0)
    count = np.minimum((centre + support + 0.5).astype(np.int64), extent) - first
    taps = np.arange(count.max())
    places = (taps + first[:, None] - centre[:, None] + 0.5) * (1.0 / wide)
    weights = np.where(taps < count[:, None], _CURVES[interpolation](places), 0.0)
    weights /= np.cumsum(weights, axis=1)[:, -1:]  # summed one by one, as Pillow does
    whole = np.trunc(weights * (1 << _BITS) + np.copysign(0.5, weights)).astype(np.int64)
    sizes = np.abs(whole).sum(axis=1).max() / (1 << _BITS)
    return _Weights(
        first, whole, _bands(first, whole, extent), (len(taps) + 3) * _UNIT * 255 * float(sizes)
    )


def _bands(
    first: npt.NDArray[np.int64], whole: npt.NDArray[np.int64], extent: int
) -> tuple[_Band, ...]:
    outputs, taps = whole.shape
    bands = []
    for start in range(0, outputs, _OUTPUTS):
        mine = range(start, min(start + _OUTPUTS, outputs))
        low, high = int(first[start]), min(extent, int(first[mine[-1]]) + taps)
        weights = np.zeros((high - low, len(mine)), dtype=np.float32)
        for column, output in enumerate(mine):
            begin = int(first[output]) - low
            kept = weights[begin : begin + taps, column]
            kept[...] = whole[output, : len(kept)] * 2.0**-_BITS
        bands.append(_Band(slice(start, mine[-1] + 1), slice(low, high), weights))
    return tuple(bands)


def _triangle(x: Numbers) -> Numbers:
    x = np.abs(x)
    return np.where(x < 1, 1 - x, 0.0)


def _cubic(x: Numbers) -> Numbers:
    """Keys 1981, with a = -0.5."""
    x = np.abs(x)
    a = -0.5
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    return np.where(x < 1, near, np.where(x < 2, (((x - 5) * x + 8) * x - 4) * a, 0.0))


def _lanczos(x: Numbers) -> Numbers:
    return np.where((x >= -3) & (x < 3), np.sinc(x) * np.sinc(x / 3), 0.0)


_CURVES: Mapping[str, Callable[[Numbers], Numbers]] = {
    "bilinear": _triangle,
    "bicubic": _cubic,
    "lanczos": _lanczos,
}
