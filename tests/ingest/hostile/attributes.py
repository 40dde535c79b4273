"""Files that are no pictures, or whose attributes are missing or impossible."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    EncapsulatedPDFStorage,
    ExplicitVRBigEndian,
    RTPlanStorage,
    SecondaryCaptureImageStorage,
    UltrasoundImageStorage,
)

from tests.ingest.hostile.instances import (
    PIXEL_DATA,
    Pixels,
    instance,
    whole,
)
from tests.radalike.imaging.dicom.datasets import encoded

_COMPREHENSIVE_REPORT = "1.2.840.10008.5.1.4.1.1.88.33"

# -- what is no picture ------------------------------------------------------------------------


def _without_pixels(name: str, **attributes: Any) -> bytes:
    pixel_module = (
        *("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "PixelData"),
        *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
    )
    made = instance(name, WindowCenter=None, WindowWidth=None, **attributes)
    for keyword in pixel_module:
        delattr(made, keyword)
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    return encoded(made)


def report() -> bytes:
    heading = Dataset()
    heading.ValueType, heading.TextValue = "TEXT", "no picture"
    content = Sequence([heading])
    return _without_pixels(
        "SR", SOPClassUID=_COMPREHENSIVE_REPORT, Modality="SR", ContentSequence=content
    )


def treatment_plan() -> bytes:
    return _without_pixels("RTPLAN", SOPClassUID=RTPlanStorage, Modality="RTPLAN")


def document() -> bytes:
    return _without_pixels(
        "PDF",
        SOPClassUID=EncapsulatedPDFStorage,
        Modality="DOC",
        EncapsulatedDocument=b"%PDF-1.4\n%%EOF\n",
    )


# -- windows -----------------------------------------------------------------------------------

TWO_LEVELS = np.repeat(np.array([[-700], [300]], np.int16), 8, axis=0).repeat(16, axis=1)
"""Half of it at either value: whatever the percentiles, they are these two."""

BLACK_AND_WHITE = np.where(TWO_LEVELS > 0, 255, 0).astype(np.uint8)


def _two_levels(name: str, **attributes: Any) -> bytes:
    return whole(name, TWO_LEVELS, **attributes)


def window_of_no_width() -> bytes:
    return _two_levels("width 0", WindowCenter=40, WindowWidth=0)


def window_of_negative_width() -> bytes:
    return _two_levels("width -400", WindowCenter=40, WindowWidth=-400)


def window_without_width() -> bytes:
    return _two_levels("no width", WindowCenter=40, WindowWidth=None)


def no_window() -> bytes:
    return _two_levels("no window", WindowCenter=None, WindowWidth=None)


def two_centres_and_one_width() -> bytes:
    return _two_levels("mismatched", WindowCenter=[40, 300], WindowWidth=400)


def window_that_is_no_number() -> bytes:
    data = _two_levels("no number", WindowCenter="12345678", WindowWidth=400)
    return data.replace(b"12345678", b"a window")


def bogus_window_function() -> bytes:
    return _two_levels("bogus", WindowCenter=40, WindowWidth=400, VOILUTFunction="BOGUS")


# -- numbers that are none -----------------------------------------------------------------------


def endless_slope() -> bytes:
    return whole("slope 1e308", RescaleSlope="1e308", RescaleIntercept="0")


def slope_that_is_no_number() -> bytes:
    return whole("slope nan", RescaleSlope="nan", RescaleIntercept="0")


def _float_pixels(name: str, value: float) -> bytes:
    values = np.linspace(0, 1, 64, dtype=np.float32)
    values[7] = value
    return whole(
        name,
        np.zeros((8, 8), np.uint16),
        PixelData=None,
        BitsAllocated=32,
        BitsStored=32,
        HighBit=31,
        FloatPixelData=values.tobytes(),
    )


def pixels_that_are_no_numbers() -> bytes:
    return _float_pixels("nan pixels", float("nan"))


def endless_pixel_values() -> bytes:
    return _float_pixels("inf pixels", float("inf"))


# -- impossible shapes -----------------------------------------------------------------------------


def no_rows() -> bytes:
    return whole("rows 0", Rows=0)


def more_bits_than_there_are() -> bytes:
    return whole("bits 20", BitsStored=20)


def no_bits() -> bytes:
    return whole("bits 0", BitsAllocated=0, BitsStored=0)


def negative_frames() -> bytes:
    return whole("frames -1", NumberOfFrames="-1")


def no_frames() -> bytes:
    return whole("frames 0", NumberOfFrames="0")


def frames_that_are_no_number() -> bytes:
    return whole("frames text", NumberOfFrames="77").replace(b"IS\x02\x0077", b"IS\x02\x00xx")


def samples_of_nothing() -> bytes:
    return whole("samples 0", SamplesPerPixel=0)


# -- palettes --------------------------------------------------------------------------------------

_COLOURS = np.array(
    [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [0, 255, 255], [255, 255, 255]],
    np.uint8,
)
PALETTE_PIXELS = (np.arange(256).reshape(16, 16) % 6).astype(np.uint8)
IN_COLOUR = _COLOURS[PALETTE_PIXELS]
BEYOND_THE_PALETTE = np.where(PALETTE_PIXELS == 5, 9, PALETTE_PIXELS).astype(np.uint8)


def _palette(
    name: str, pixels: Pixels, tables: tuple[bytes, ...], bits: int, count: int
) -> Dataset:
    colours = {
        "PhotometricInterpretation": "PALETTE COLOR",
        "SOPClassUID": SecondaryCaptureImageStorage,
        "WindowCenter": None,
        "WindowWidth": None,
    }
    descriptor = [count, 0, bits]
    elements: dict[int, tuple[str, Any]] = {PIXEL_DATA: ("OB", pixels.tobytes())}
    elements |= {0x00281101 + index: ("US", descriptor) for index in range(3)}
    elements |= {0x00281201 + index: ("OW", table) for index, table in enumerate(tables)}
    return instance(name, pixels, elements, **colours)


def _tables(bits: int, order: str = "<") -> tuple[bytes, ...]:
    """Red, green and blue; of 8 bits two entries to a word, of 16 bits one (PS3.3 C.7.6.3.1.6)."""
    tables = []
    for channel in range(3):
        entries = _COLOURS[:, channel]
        if bits == 16:
            tables.append((entries.astype(np.uint16) * 257).astype(f"{order}u2").tobytes())
        else:
            tables.append(entries.astype(np.uint8).view("<u2").astype(f"{order}u2").tobytes())
    return tuple(tables)


def palette_without_table() -> bytes:
    made = _palette("palette none", PALETTE_PIXELS, (), 8, 6)
    for tag in (0x00281101, 0x00281102, 0x00281103):
        del made[tag]
    return encoded(made)


def palette_with_a_short_table() -> bytes:
    """The last entry stands for all values beyond (PS3.3 C.7.6.3.1.5)."""
    return encoded(_palette("palette short", BEYOND_THE_PALETTE, _tables(8), 8, 6))


def palette_with_a_cut_table() -> bytes:
    """256 entries by its descriptor, 6 in truth."""
    return encoded(_palette("palette cut", PALETTE_PIXELS, _tables(8), 8, 256))


def palette_in_big_endian(bits: int) -> bytes:
    made = _palette(f"palette big {bits}", PALETTE_PIXELS, _tables(bits, ">"), bits, 6)
    made.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    return encoded(made)


# -- ultrasound regions, which thumbnails are cut to ----------------------------------------------


def _regions(name: str, *corners: int) -> bytes:
    region = Dataset()
    region.RegionLocationMinX0, region.RegionLocationMinY0 = corners[:2]
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = corners[2:]
    return whole(
        name,
        SOPClassUID=UltrasoundImageStorage,
        Modality="US",
        SequenceOfUltrasoundRegions=Sequence([region]),
    )


def region_of_unknown_kind() -> bytes:
    """One corner of the region has a VR that does not exist."""
    data = _regions("region kind", 0, 0, 15, 15)
    return data.replace(b"\x18\x00\x1a\x60UL", b"\x18\x00\x1a\x60U\\")


def region_outside() -> bytes:
    return _regions("region outside", 4_000_000_000, 40, 4_000_000_001, 50)


def region_turned_round() -> bytes:
    return _regions("region turned", 30, 30, 2, 2)
