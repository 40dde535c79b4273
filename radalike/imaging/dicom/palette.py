"""PALETTE COLOR: stored values that are looked up as colours (PS3.3 C.7.6.3.1.5, C.7.9)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from radalike.errors import ImageRejected, RejectCode
from radalike.imaging.dicom.tables import looked_up, lookup_table
from radalike.records import Pixels

_COLOURS = ("Red", "Green", "Blue")


def apply_palette(stored: npt.NDArray[Any], dataset: Dataset) -> Pixels:
    """(rows, columns) of indices as (rows, columns, 3) of colours.

    Computed once for each index that occurs, where it is of 16 bits at most.
    Raises ImageRejected (InvalidAttributes) where there is no palette.
    """
    size = stored.dtype.itemsize
    if size > 2:
        return _eight_bits(_colours(stored, dataset))
    places = stored.view(f"u{size}")
    occurring = np.flatnonzero(np.bincount(places.ravel()))
    table = np.zeros((2 ** (8 * size), 3), dtype=np.uint8)
    indices = occurring.astype(places.dtype).view(stored.dtype)
    table[occurring] = _eight_bits(_colours(indices, dataset))
    return looked_up(table, places)


def _colours(indices: npt.NDArray[Any], dataset: Dataset) -> npt.NDArray[Any]:
    """The entries of `indices`, red, green and blue along a last axis."""
    if "SegmentedRedPaletteColorLookupTableData" in dataset:
        from pydicom.pixels.processing import apply_color_lut

        return np.asarray(apply_color_lut(indices, dataset)[..., :3])
    try:
        channels = [
            lookup_table(
                dataset[f"{colour}PaletteColorLookupTableDescriptor"].value,
                dataset[f"{colour}PaletteColorLookupTableData"].value,
                dataset,
            )(indices.astype(np.int64))
            for colour in _COLOURS
        ]
    except (KeyError, TypeError, ValueError) as exc:
        raise ImageRejected(RejectCode.INVALID_ATTRIBUTES, "there is no palette") from exc
    return np.stack(channels, axis=-1)


def _eight_bits(colours: npt.NDArray[Any]) -> Pixels:
    """The upper byte of 16-bit entries; entries of words whose upper bytes are unused are 8-bit,
    whatever their descriptor says."""
    if colours.max() <= 255:
        return colours.astype(np.uint8)
    return (colours >> 8).astype(np.uint8)
