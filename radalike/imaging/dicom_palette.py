"""PALETTE COLOR: stored values that are looked up as colours (PS3.3 C.7.6.3.1.5, C.7.9)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from radalike.errors import ImageRejected, RejectCode
from radalike.imaging.dicom_tables import lookup_table
from radalike.records import Pixels

_COLOURS = ("Red", "Green", "Blue")


def apply_palette(stored: npt.NDArray[Any], dataset: Dataset) -> Pixels:
    """(rows, columns) of indices as (rows, columns, 3) of colours.

    Raises ImageRejected (InvalidAttributes) where there is no palette.
    """
    if "SegmentedRedPaletteColorLookupTableData" in dataset:
        from pydicom.pixels.processing import apply_color_lut

        coloured = apply_color_lut(stored, dataset)[..., :3]
        return _eight_bits(coloured)
    indices = stored.astype(np.int64)
    try:
        channels = [
            lookup_table(
                dataset[f"{colour}PaletteColorLookupTableDescriptor"].value,
                dataset[f"{colour}PaletteColorLookupTableData"].value,
                dataset,
            )(indices)
            for colour in _COLOURS
        ]
    except (KeyError, TypeError, ValueError) as exc:
        raise ImageRejected(RejectCode.INVALID_ATTRIBUTES, "there is no palette") from exc
    return _eight_bits(np.stack(channels, axis=-1))


def _eight_bits(colours: npt.NDArray[Any]) -> Pixels:
    """The upper byte of 16-bit entries; entries of words whose upper bytes are unused are 8-bit,
    whatever their descriptor says."""
    if colours.max() <= 255:
        return colours.astype(np.uint8)
    return (colours >> 8).astype(np.uint8)
