"""What a compressed frame says of its own size, read from its head before any decoder sees it.

A decoder allocates what the codestream asks for, whatever Rows and Columns are: 1 kB of JPEG 2000
became 775 MB.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from radalike.errors import ImageRejected, RejectCode
from radalike.imaging.raster import check_size

_J2K_START = b"\xff\x4f\xff\x51"  # SOC and SIZ (ISO/IEC 15444-1 A.5.1)
_JP2_SIGNATURE = b"\x00\x00\x00\x0cjP  "
_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_END_BYTES = 16  # the end and what it may be padded with
_FRAME_HEADERS = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}
"""SOF0 to SOF15 (ITU-T T.81 B.1.1.3) and SOF55 of JPEG-LS (ITU-T T.87 C.1.1)."""
_LOSSLESS = frozenset({0xC3, 0xC7, 0xCB, 0xCF, 0xF7})
_HUFFMAN_TABLES, _SCAN, _JPEG_LS, _JFIF, _ADOBE = 0xC4, 0xDA, 0xF7, 0xE0, 0xEE
_JFIF_VERSIONS = (b"\1", b"\2")
_ADOBE_TRANSFORMS = b"\2"  # none, YCbCr and YCCK (ITU-T T.872 6.5.3)
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""JPEG markers without a length."""
_JP2_HEAD_BYTES = 4096
_J2K_MOST_BITS = 38  # ISO/IEC 15444-1 A.5.1
_J2K_WORK_BYTES = 4  # OpenJPEG decodes every sample to 32 bits
_RLE_HEADER = struct.Struct("<16I")
_RLE_SLACK_BYTES = 1024


@dataclass(frozen=True, slots=True)
class FrameSize:
    """bits: allocated for a sample, or, of a codestream, its depth."""

    rows: int
    columns: int
    samples: int
    bits: int


def check_codestream(frame: bytes, expected: FrameSize) -> FrameSize:
    """What `frame` (a JPEG, JPEG-LS or JPEG 2000 codestream) declares, where its dataset says so.

    Raises ImageRejected: ResourceLimit when it is too large, InvalidAttributes when it is another
    size or deeper than allocated, PixelDecode when its head is broken.
    """
    with _broken_heads():
        found = _declared(frame)
    same = (found.rows, found.columns, found.samples) == (
        expected.rows,
        expected.columns,
        expected.samples,
    )
    work = 1 if frame.startswith(_JPEG_START) or not same else _J2K_WORK_BYTES
    check_size(found.columns, found.rows, samples=found.samples * work)
    if not same or found.bits > expected.bits:
        raise ImageRejected(
            RejectCode.INVALID_ATTRIBUTES, "a frame of another size than its attributes say"
        )
    if frame.startswith(_JPEG_START):
        with _broken_heads():
            _check_jpeg(frame)
    return found


@contextmanager
def _broken_heads() -> Iterator[None]:
    try:
        yield
    except (struct.error, LookupError, ValueError) as exc:
        raise ImageRejected(RejectCode.PIXEL_DECODE, "a frame without a codestream") from exc


def check_run_lengths(frame: bytes, expected: FrameSize) -> None:
    """Check the header of an RLE frame (PS3.5 G.5): one segment for each byte of a pixel, and no
    segment that is longer than its pixels can make it.

    Raises ImageRejected: PixelDecode for segments that are missing, ResourceLimit for a bomb.
    """
    if len(frame) < _RLE_HEADER.size:
        raise ImageRejected(RejectCode.PIXEL_DECODE, "a frame without an RLE header")
    segments, *offsets = _RLE_HEADER.unpack_from(frame)
    wanted = expected.samples * max(1, expected.bits // 8)
    starts = offsets[:segments]
    if segments != wanted or starts != sorted(starts) or starts[0] < _RLE_HEADER.size:
        raise ImageRejected(RejectCode.PIXEL_DECODE, "RLE segments do not fit the attributes")
    if starts[-1] >= len(frame):
        raise ImageRejected(RejectCode.PIXEL_DECODE, "an RLE segment is missing")
    most = 2 * expected.rows * expected.columns + _RLE_SLACK_BYTES
    lengths = (end - start for start, end in zip(starts, [*starts[1:], len(frame)], strict=True))
    if max(lengths) > most:
        raise ImageRejected(RejectCode.RESOURCE_LIMIT, "RLE that inflates to more than its frame")


def _declared(frame: bytes) -> FrameSize:
    """The codestream's own header, whichever family it is of. Raises ValueError, IndexError or
    struct.error where it is none."""
    if frame.startswith(_JPEG_START):
        return _jpeg_size(frame)
    start = 0
    if frame.startswith(_JP2_SIGNATURE):  # a JP2 file, where DICOM wants the bare codestream
        start = frame.index(_J2K_START, 0, _JP2_HEAD_BYTES)
    if not frame.startswith(_J2K_START, start):
        raise ValueError("no start of a codestream")
    right, bottom, left, top, across, down = struct.unpack_from(">6I", frame, start + 8)
    (samples,) = struct.unpack_from(">H", frame, start + 40)
    components = struct.iter_unpack("3B", frame[start + 42 : start + 42 + 3 * min(samples, 4)])
    depths = []
    for depth, step_across, step_down in components:
        depths.append((depth & 0x7F) + 1)
        if not (step_across and step_down):
            raise ValueError("pixels in one place")
    if not (across and down and depths) or max(depths) > _J2K_MOST_BITS:
        raise ValueError("no tiles, no components, or of no depth")
    return FrameSize(bottom - top, right - left, samples, max(depths))


def _jpeg_size(frame: bytes) -> FrameSize:
    for marker, at in _jpeg_segments(frame):
        if marker in _FRAME_HEADERS:
            bits, rows, columns, samples = struct.unpack_from(">BHHB", frame, at + 4)
            if bits not in (range(2, 17) if marker in _LOSSLESS else (8, 12)):
                raise ValueError("of no depth")
            return FrameSize(rows, columns, samples, bits)
    raise ValueError("a scan before the frame header")


def _check_jpeg(frame: bytes) -> None:
    """Raise what `_jpeg_segments` does for heads that decoders do not survive, or lose much time
    over: segments with gaps, impossible Huffman tables, JFIF and Adobe segments of unknown kinds
    (GDCM ends its process where its JPEG library would warn), JPEG-LS without an end."""
    markers = set()
    for marker, at in _jpeg_segments(frame):
        markers.add(marker)
        (length,) = struct.unpack_from(">H", frame, at + 2)
        content = frame[at + 4 : at + 2 + length]
        if marker == _HUFFMAN_TABLES:
            _check_huffman(content)
        if marker == _JFIF and content.startswith(b"JFIF\0") and content[5:6] not in _JFIF_VERSIONS:
            raise ValueError("no such version")
        if marker == _ADOBE and content.startswith(b"Adobe") and content[11:12] > _ADOBE_TRANSFORMS:
            raise ValueError("no such transform")
    if _JPEG_LS in markers and _JPEG_END not in frame[-_END_BYTES:]:
        raise ValueError("no end")


def _check_huffman(tables: bytes) -> None:
    """Codes of so many each length must exist, and their values too (ITU-T T.81 B.2.4.2)."""
    while tables:
        counts = tables[1:17]
        room = sum(count << (16 - length) for length, count in enumerate(counts, 1))
        if len(tables) < 17 + sum(counts) or sum(counts) > 256 or room > 1 << 16:
            raise ValueError("no such codes")
        tables = tables[17 + sum(counts) :]


def _jpeg_segments(frame: bytes) -> Iterator[tuple[int, int]]:
    """(marker, its offset) of the segments before the first scan. Raises ValueError, IndexError or
    struct.error where something else is between them: GDCM does not survive that."""
    at = 2
    while True:
        if frame[at] != 0xFF:
            raise ValueError("no marker where one should be")
        marker = frame[at + 1]
        if marker == _SCAN:
            return
        if marker == 0xFF:  # fill bytes may precede a marker
            at += 1
        elif marker in _ALONE:
            at += 2
        else:
            yield marker, at
            (length,) = struct.unpack_from(">H", frame, at + 2)
            at += 2 + max(2, length)
