"""Files that are broken where they begin: no DICOM, cut, or nested beyond reason."""

from __future__ import annotations

import io
import struct

import numpy as np
from PIL import Image
from pydicom.uid import ImplicitVRLittleEndian

from tests.ingest.files import picture
from tests.ingest.hostile.instances import before_pixels, instance, whole
from tests.radalike.imaging.dicom.datasets import encoded

_CONTENT = struct.pack("<HH", 0x0040, 0xA730)
_ITEM = struct.pack("<HH", 0xFFFE, 0xE000)
_ITEM_END = struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
_SEQUENCE_END = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
_UNDEFINED = struct.pack("<I", 0xFFFFFFFF)


def empty() -> bytes:
    return b""


def preamble_alone() -> bytes:
    return bytes(128) + b"DICM"


def png() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture(2)).save(buffer, "PNG")
    return buffer.getvalue()


def without_preamble() -> bytes:
    return whole("without preamble")[132:]


def without_header() -> bytes:
    """The dataset alone, explicit little endian."""
    data = whole("without header")
    return data[data.index(b"\x08\x00\x16\x00UI") :]


def _beginning_with(start: bytes) -> bytes:
    data = whole(f"preamble {start!r}")
    return start + data[len(start) :]


def windows_program() -> bytes:
    """DICOM, and a PE program whose header lies in the preamble."""
    return _beginning_with(b"MZ\x90\x00" + bytes(56) + struct.pack("<I", 0x80) + b"PE\0\0")


def linux_program() -> bytes:
    return _beginning_with(b"\x7fELF\x02\x01\x01")


def header_cut() -> bytes:
    return whole("header cut")[:400]


def pixels_halved() -> bytes:
    return whole("pixels halved")[:-1024]


def endless_pixels() -> bytes:
    """Pixel data of 4,294,967,294 bytes by its own word."""
    data = whole("endless pixels")
    start = data.index(b"\xe0\x7f\x10\x00OW") + 8
    return data[:start] + struct.pack("<I", 0xFFFFFFFE) + data[start + 4 :]


def endless_pixels_cut() -> bytes:
    return endless_pixels()[:-1024]


def vast_frames() -> bytes:
    """2,147,483,648 frames of 65,535 by 65,535."""
    return whole("vast frames", Rows=65535, Columns=65535, NumberOfFrames="2147483648")


def vast_number_of_frames() -> bytes:
    """As many frames as can be said, of a size like any other."""
    return whole("vast number", NumberOfFrames="2147483647")


def nested(depth: int) -> bytes:
    """Sequences in sequences, `depth` deep, each of undefined length and closed: 36 bytes each."""
    opened = _CONTENT + b"SQ\0\0" + _UNDEFINED + _ITEM + _UNDEFINED
    deep = opened * depth + (_ITEM_END + _SEQUENCE_END) * depth
    return before_pixels(whole(f"nested {depth}"), deep)


def nested_and_open(depth: int) -> bytes:
    """As `nested`, without the ends: 20 bytes each."""
    opened = _CONTENT + b"SQ\0\0" + _UNDEFINED + _ITEM + _UNDEFINED
    return before_pixels(whole(f"open {depth}"), opened * depth)


def nested_with_lengths(depth: int) -> bytes:
    """As `nested`, with each length told."""
    deep = b""
    for _ in range(depth):
        item = _ITEM + struct.pack("<I", len(deep)) + deep
        deep = _CONTENT + b"SQ\0\0" + struct.pack("<I", len(item)) + item
    return before_pixels(whole(f"lengths {depth}"), deep)


def nested_as_unknown(depth: int) -> bytes:
    """As `nested`, in an element of VR UN and undefined length: implicit inside (PS3.5 6.2.2)."""
    inner = (_CONTENT + _UNDEFINED + _ITEM + _UNDEFINED) * (depth - 1)
    ends = (_ITEM_END + _SEQUENCE_END) * depth
    unknown = struct.pack("<HH", 0x0041, 0x1010) + b"UN\0\0" + _UNDEFINED + _ITEM + _UNDEFINED
    return before_pixels(whole(f"unknown {depth}"), unknown + inner + ends)


def nested_implicit(depth: int) -> bytes:
    made = instance(f"implicit {depth}", np.arange(64, dtype=np.int16).reshape(8, 8))
    made.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    opened = (_CONTENT + _UNDEFINED + _ITEM + _UNDEFINED) * depth
    return before_pixels(encoded(made), opened + (_ITEM_END + _SEQUENCE_END) * depth)
