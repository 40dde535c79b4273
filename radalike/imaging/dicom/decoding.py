"""Decoding of one frame of a DICOM image to its stored values, with the fastest decoder that does
its transfer syntax right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom.uid as uids
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID

from radalike.errors import ImageRejected, RejectCode
from radalike.imaging.dicom.codestreams import FrameSize, check_codestream, check_run_lengths
from radalike.imaging.dicom.errors import dicom_errors

Stored = npt.NDArray[Any]
"""Stored values of a frame: (rows, columns) or (rows, columns, 3), integers or floats."""

_NATIVE = frozenset(
    {uids.ImplicitVRLittleEndian, uids.ExplicitVRLittleEndian, uids.ExplicitVRBigEndian}
)
_JPEG_2000 = ("pylibjpeg", "pillow", "gdcm")
_JPEG_LS = ("pyjpegls", "gdcm")
_PLUGINS: Mapping[UID, tuple[str, ...]] = {
    uids.JPEGBaseline8Bit: ("pillow", "gdcm"),
    uids.JPEGExtended12Bit: ("pillow", "gdcm"),
    uids.JPEGLossless: ("gdcm",),
    uids.JPEGLosslessSV1: ("gdcm",),
    uids.JPEGLSLossless: _JPEG_LS,
    uids.JPEGLSNearLossless: _JPEG_LS,
    uids.JPEG2000Lossless: _JPEG_2000,
    uids.JPEG2000: _JPEG_2000,
    uids.HTJ2KLossless: ("pylibjpeg",),
    uids.HTJ2KLosslessRPCL: ("pylibjpeg",),
    uids.HTJ2K: ("pylibjpeg",),
    uids.RLELossless: ("pylibjpeg",),
}
"""The fastest first (measured on pydicom's test files, where all that can decode agree); the next
is asked when one fails, since none reads everything."""

_AS_STORED: Mapping[str, Any] = {"correct_unused_bits": False, "view_only": True}
"""No copy, and the bits as they are: pydicom cuts the upper ones, whatever HighBit is."""


def transfer_syntax(dataset: Dataset) -> UID:
    """The dataset's transfer syntax. Raises ImageRejected (UnsupportedTransferSyntax) for one that
    no decoder is for."""
    syntax = UID(str(dataset.file_meta.TransferSyntaxUID))
    if syntax not in _NATIVE and syntax not in _PLUGINS:
        raise ImageRejected(
            RejectCode.UNSUPPORTED_TRANSFER_SYNTAX, "no decoder for its transfer syntax"
        )
    return syntax


def stored_values(dataset: Dataset, number: int, frames: int) -> Stored:
    """Frame `number` of `frames`, colour as RGB, grey as stored values with their sign.

    Only that frame is decoded. Raises ImageRejected: Truncated, PixelDecode, ResourceLimit,
    InvalidAttributes, UnsupportedTransferSyntax; a broken file may also raise what pydicom does.
    """
    syntax = transfer_syntax(dataset)
    if syntax in _NATIVE:
        if (int(dataset.BitsAllocated), int(dataset.get("SamplesPerPixel", 1))) == (1, 1):
            values = _unpacked(dataset, number)
        else:
            values = pixel_array(dataset, index=number, **_AS_STORED)
        high = int(dataset.get("HighBit", int(dataset.get("BitsStored", 8)) - 1))
    else:
        frame = _encapsulated(dataset, number, frames)
        size = FrameSize(
            int(dataset.Rows),
            int(dataset.Columns),
            int(dataset.SamplesPerPixel),
            int(dataset.BitsAllocated),
        )
        high = int(dataset.BitsStored) - 1  # of what decoders give, whatever HighBit says
        depth = 0
        if syntax == uids.RLELossless:
            check_run_lengths(frame, size)
        else:
            depth = check_codestream(frame, size).bits
        if syntax == uids.JPEGExtended12Bit and depth == 12:
            from radalike.imaging.dicom.jpeg12 import decode_jpeg12

            values = decode_jpeg12(frame, dataset)
        else:
            values = _decoded(dataset, number, _PLUGINS[syntax], depth)
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    if values.dtype.kind == "f":
        return values
    return significant_bits(values, int(dataset.BitsStored), high)


def _unpacked(dataset: Dataset, number: int) -> Stored:
    """Frame `number` of single bits, which follow each other without a gap (PS3.5 8.1.1).

    pydicom 3.0.2 reads a byte too few of a frame that reaches into one more than others do, and
    does not know that a big-endian writer swaps the bytes.
    """
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    first = number * rows * columns
    start, end = first // 16 * 2, -(-(first + rows * columns) // 16) * 2  # in whole words
    packed = np.frombuffer(dataset.PixelData, np.uint8)[start:end]
    if len(packed) * 8 < first + rows * columns - start * 8:
        raise ImageRejected(RejectCode.TRUNCATED, "its pixel data ends early")
    big_endian = dataset.file_meta.TransferSyntaxUID == uids.ExplicitVRBigEndian
    if big_endian and dataset["PixelData"].VR == "OW" and len(packed) % 2 == 0:
        packed = packed.view(np.uint16).byteswap().view(np.uint8)
    bits = np.unpackbits(packed, bitorder="little")[first - start * 8 :]
    return bits[: rows * columns].reshape(rows, columns)


def _encapsulated(dataset: Dataset, number: int, frames: int) -> bytes:
    tables = [dataset.get(f"ExtendedOffsetTable{name}") for name in ("", "Lengths")]
    extended = (tables[0], tables[1]) if tables[0] and tables[1] else None
    try:
        return get_frame(
            dataset.PixelData, number, number_of_frames=frames, extended_offsets=extended
        )
    except (ValueError, EOFError, LookupError) as exc:
        raise ImageRejected(RejectCode.PIXEL_DECODE, "a frame's fragments are missing") from exc


def _decoded(dataset: Dataset, number: int, plugins: tuple[str, ...], depth: int) -> Stored:
    """By the first plug-in that can. depth: of the codestream. Raises what the last of them
    raised."""
    # GDCM does not survive a codestream that is deeper than the bits stored.
    options = {**_AS_STORED, "bits_stored": max(depth, int(dataset.BitsStored))}
    for plugin in plugins[:-1]:
        try:
            with dicom_errors():
                return pixel_array(dataset, index=number, decoding_plugin=plugin, **options)
        except ImageRejected as exc:
            if exc.code is RejectCode.RESOURCE_LIMIT:
                raise
    return pixel_array(dataset, index=number, decoding_plugin=plugins[-1], **options)


def significant_bits(values: Stored, stored: int, high: int) -> Stored:
    """`values` with their sign extended from bit `high`, and without the bits around the `stored`
    ones, which can hold an old overlay or nothing (PS3.5 8.1.1).

    Signed JPEG-LS that an old DCMTK wrote comes out of every decoder without its sign.
    """
    allocated = values.dtype.itemsize * 8
    left, right = allocated - 1 - high, allocated - stored
    if left < 0 or right < left:
        raise ImageRejected(RejectCode.INVALID_ATTRIBUTES, "impossible number of bits")
    if left == right and _are_plain(values, stored):
        return values
    shifted = np.left_shift(values, left)
    return np.right_shift(shifted, right, out=shifted)


def _are_plain(values: Stored, bits: int) -> bool:
    """Whether `values` are numbers of `bits` bits as they are; two passes that copy nothing."""
    if bits == values.dtype.itemsize * 8:
        return True
    sign = 1 if values.dtype.kind == "i" else 0
    least, beyond = -sign << bits - 1, 1 << bits - sign
    return least <= int(values.min()) and int(values.max()) < beyond
