"""Stored values as 8-bit pixels, in the order of PS3.4 N.2: padding, modality transformation, view
(VOI), presentation. Overlays are never burned in.

Every step but the percentiles maps one value to one value, so a grey frame is rendered by
computing the steps once for each value that occurs, and looking the pixels up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from radalike.errors import ImageRejected, RejectCode
from radalike.imaging.dicom.decoding import significant_bits
from radalike.imaging.dicom.palette import apply_palette
from radalike.imaging.dicom.tables import looked_up
from radalike.imaging.dicom.views import UnusableView, Values, Window, modality_values, view_of
from radalike.imaging.renderings import PERCENTILE
from radalike.records import Pixels

PERCENTILES = (0.5, 99.5)
"""Grey values that become black and white where a file has no usable window."""

PERCENTILE_WINDOW = "percentile-window"
"""The warning of a frame that had to be rendered by percentiles."""

Counts = Callable[[], npt.NDArray[np.int64]]


def rendered(
    stored: npt.NDArray[Any], dataset: Dataset, number: int, rendering: str | Window
) -> tuple[Pixels, tuple[str, ...]]:
    """The stored values of frame `number` as uint8, (rows, columns) or (rows, columns, 3), and
    warnings. Raises ImageRejected: InvalidAttributes."""
    if stored.ndim == 3:
        return _colour(stored, dataset), ()
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        return apply_palette(stored, dataset), ()
    if stored.dtype.kind == "f" or stored.dtype.itemsize > 2:
        return _levels(stored, None, dataset, number, rendering)
    mask = 2 ** (stored.dtype.itemsize * 8) - 1
    places = stored.view(f"u{stored.dtype.itemsize}")
    values = np.arange(int(stored.min()), int(stored.max()) + 1, dtype=np.int32)

    def counts() -> npt.NDArray[np.int64]:
        found: npt.NDArray[np.int64] = np.bincount(places.ravel(), minlength=mask + 1)
        return np.asarray(found.take(values & mask))

    levels, warnings = _levels(values, counts, dataset, number, rendering)
    table = np.zeros(mask + 1, dtype=np.uint8)
    table[values & mask] = levels
    return looked_up(table, places), warnings


def _colour(stored: npt.NDArray[Any], dataset: Dataset) -> Pixels:
    """The upper eight of the bits stored (as DCMTK has it), or fewer spread over eight."""
    if stored.shape[2] != 3 or stored.dtype.kind != "u":
        raise ImageRejected(RejectCode.INVALID_ATTRIBUTES, "neither grey nor red, green and blue")
    bits = int(dataset.BitsStored)
    if bits == 8 and stored.dtype == np.uint8:
        return np.ascontiguousarray(stored)
    if bits >= 8:
        return (stored >> (bits - 8)).astype(np.uint8)
    unit = stored.astype(np.float64) / (2**bits - 1)
    return np.asarray(np.rint(unit * 255), dtype=np.uint8)


def _levels(
    stored: npt.NDArray[Any],
    counts: Counts | None,
    dataset: Dataset,
    number: int,
    rendering: str | Window,
) -> tuple[Pixels, tuple[str, ...]]:
    """The grey level of each of `stored`, by any shape. counts: how often each occurs, once each
    where it is None."""
    padding = _padding(stored, dataset)
    values = modality_values(stored, dataset, number)
    warnings: tuple[str, ...] = ()
    unit: Values | None = None
    if rendering != PERCENTILE:
        try:
            view = view_of(dataset, number, rendering)
            unit = view(values) if view else _whole_range(stored, values, dataset)
        except UnusableView:
            unit = None
        if unit is None:
            warnings = (PERCENTILE_WINDOW,)
    if unit is None:
        low, high = _percentiles(values, counts, padding)
        unit = np.clip((values - low) / (high - low), 0, 1) if high > low else np.zeros_like(values)
    levels = np.rint(unit * 255).astype(np.uint8)
    inverse = dataset.get("PresentationLUTShape") == "INVERSE"
    if inverse or dataset.PhotometricInterpretation == "MONOCHROME1":
        levels = np.asarray(255 - levels, dtype=np.uint8)
    if padding is not None:
        levels[padding] = 0
    return levels, warnings


def _whole_range(stored: npt.NDArray[Any], values: Values, dataset: Dataset) -> Values | None:
    """Grey of at most 8 bits without a window is meant to be shown as it is."""
    bits = int(dataset.get("BitsStored", 16))
    plain = bits <= 8 and not int(dataset.get("PixelRepresentation", 0))
    return values / (2**bits - 1) if plain and np.array_equal(stored, values) else None


def _padding(stored: npt.NDArray[Any], dataset: Dataset) -> npt.NDArray[np.bool_] | None:
    """Where `stored` is padding (PS3.3 C.7.5.1.1.2): one value, or a range of them."""
    kind = {"f4": "Float", "f8": "DoubleFloat"}.get(stored.dtype.str[1:], "")
    ends = [dataset.get(f"{kind}PixelPadding{name}") for name in ("Value", "RangeLimit")]
    if ends[0] is None:
        return None
    given = [each for each in ends if each is not None]
    if not kind:
        given = [_stored_value(int(each), dataset) for each in given]
    found: npt.NDArray[np.bool_] = (stored >= min(given)) & (stored <= max(given))
    return found


def _stored_value(value: int, dataset: Dataset) -> int:
    """`value` as the pixels have it: files write it signed or unsigned as it comes, and with more
    bits than are stored."""
    allocated, stored = int(dataset.BitsAllocated), int(dataset.BitsStored)
    kind = "i" if int(dataset.get("PixelRepresentation", 0)) else "u"
    word = np.array([value & (2**allocated - 1)], dtype=f"u{max(1, allocated // 8)}")
    found = significant_bits(word.view(f"{kind}{word.itemsize}"), stored, stored - 1)
    return int(found[0])


def _percentiles(
    values: Values, counts: Counts | None, padding: npt.NDArray[np.bool_] | None
) -> tuple[float, float]:
    """PERCENTILES of what is not padding, as numpy interpolates them; the whole range where they
    fall together; (0, 0) where all is padding."""
    if counts is None:
        kept = values if padding is None else values[~padding]
        if not kept.size:
            return 0.0, 0.0
        low, high = (float(each) for each in np.percentile(kept, PERCENTILES))
        return (low, high) if high > low else (float(kept.min()), float(kept.max()))
    weights = counts()
    if padding is not None:
        weights[padding] = 0
    order = np.argsort(values, kind="stable")
    order = order[weights[order] > 0]
    if not order.size:
        return 0.0, 0.0
    ordered, reached = values[order], np.cumsum(weights[order])
    low, high = (_at_rank(ordered, reached, share / 100) for share in PERCENTILES)
    return (low, high) if high > low else (float(ordered[0]), float(ordered[-1]))


def _at_rank(ordered: Values, reached: npt.NDArray[np.int64], share: float) -> float:
    """The value below which `share` of all lies, between two neighbours in proportion."""
    rank = share * (reached[-1] - 1)
    below = ordered[np.searchsorted(reached, np.floor(rank), side="right")]
    above = ordered[np.searchsorted(reached, np.ceil(rank), side="right")]
    return float(below + (above - below) * (rank - np.floor(rank)))
