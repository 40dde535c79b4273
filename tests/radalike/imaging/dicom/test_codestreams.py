"""What compressed frames say of their size is believed only where it is the dataset's."""

from __future__ import annotations

import io
import struct
import tracemalloc
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from radalike.errors import ImageRejected, RejectCode
from radalike.imaging.dicom.codestreams import FrameSize, check_codestream, check_run_lengths
from radalike.imaging.dicom.image import DicomImage, read_dicom, render_frame, render_frames
from tests.radalike.imaging.dicom.datasets import dataset, encoded

SYNTAXES = [JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, RLELossless]


def jpeg(rows: int, columns: int, samples: int = 1, marker: int = 0xC0) -> bytes:
    """The head of a JPEG or JPEG-LS stream, with a comment before its frame header."""
    comment = b"\xff\xfe\x00\x06gaps"
    frame = struct.pack(">HBHHB", 8 + 3 * samples, 8, rows, columns, samples)
    scan = (
        b"\xff\xda" + struct.pack(">HB", 6 + 2 * samples, samples) + b"\1\0" * samples + b"\0\0\0"
    )
    scan += b"\xff\xd9"
    head = b"\xff\xd8" + comment + b"\xff" + bytes([0xFF, marker]) + frame
    return head + b"\1\x11\0" * samples + scan


def jpeg_2000(rows: int, columns: int, samples: int = 1) -> bytes:
    """The head of a JPEG 2000 codestream whose image starts at (3, 5) of its grid."""
    size = struct.pack(">HHIIII", 38 + 3 * samples, 0, columns + 3, rows + 5, 3, 5)
    tile = struct.pack(">IIII", columns + 3, rows + 5, 0, 0)
    return b"\xff\x4f\xff\x51" + size + tile + struct.pack(">H", samples) + b"\7\1\1" * samples


def rle(*segments: bytes) -> bytes:
    starts = [64 + sum(map(len, segments[:number])) for number in range(len(segments))]
    header = [len(segments), *starts, *[0] * (15 - len(starts))]
    return struct.pack("<16I", *header) + b"".join(segments)


def compressed(
    frame: bytes, syntax: UID, rows: int = 8, columns: int = 8, **attributes: Any
) -> bytes:
    made = dataset(
        np.zeros((rows, columns), np.uint8),
        elements={0x7FE00010: ("OB", encapsulate([frame]))},
        **attributes,
    )
    made.file_meta.TransferSyntaxUID = syntax
    made["PixelData"].is_undefined_length = True
    return encoded(made)


def code_of(data: bytes) -> RejectCode:
    image = read_dicom_or_code(data)
    if isinstance(image, RejectCode):
        return image
    with pytest.raises(ImageRejected) as caught:
        list(render_frames(image, 16))
    return caught.value.code


def read_dicom_or_code(data: bytes) -> DicomImage | RejectCode:
    try:
        image = read_dicom(data)
    except ImageRejected as exc:
        return exc.code
    assert image is not None
    return image


@pytest.mark.parametrize(
    "frame",
    [
        jpeg(7, 9),
        jpeg(7, 9, marker=0xC3),
        jpeg(7, 9, marker=0xF7),
        jpeg_2000(7, 9),
        b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(60) + jpeg_2000(7, 9),
    ],
    ids=["JPEG", "lossless JPEG", "JPEG-LS", "JPEG 2000", "JP2"],
)
def test_the_declared_size_is_compared(frame: bytes) -> None:
    check_codestream(frame, FrameSize(7, 9, 1, 8))
    for wrong in (FrameSize(9, 7, 1, 8), FrameSize(7, 9, 3, 8), FrameSize(7, 8, 1, 8)):
        with pytest.raises(ImageRejected) as caught:
            check_codestream(frame, wrong)
        assert caught.value.code is RejectCode.INVALID_ATTRIBUTES


@pytest.mark.parametrize(
    ("frame", "syntax", "code"),
    [
        (jpeg_2000(12_000, 12_000), JPEG2000Lossless, RejectCode.INVALID_ATTRIBUTES),
        (jpeg_2000(2**31, 2**31), JPEG2000Lossless, RejectCode.RESOURCE_LIMIT),
        (jpeg(30_000, 30_000), JPEGBaseline8Bit, RejectCode.RESOURCE_LIMIT),
        (jpeg(12_000, 12_000, marker=0xF7), JPEGLSLossless, RejectCode.INVALID_ATTRIBUTES),
        (jpeg_2000(12_000, 12_000), JPEGBaseline8Bit, RejectCode.INVALID_ATTRIBUTES),
        (rle(b"\x81\0" * 500_000), RLELossless, RejectCode.RESOURCE_LIMIT),
    ],
    ids=["JPEG 2000", "JPEG 2000 over all", "JPEG", "JPEG-LS", "in disguise", "RLE"],
)
def test_a_frame_that_would_become_large_is_refused_before_it_does(
    frame: bytes, syntax: UID, code: RejectCode
) -> None:
    tracemalloc.start()
    try:
        assert code_of(compressed(frame, syntax)) is code
        assert tracemalloc.get_traced_memory()[1] < 16 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("side", "frame", "syntax"),
    [
        (12_000, jpeg_2000(12_000, 12_000), JPEG2000Lossless),
        (30_000, jpeg(30_000, 30_000), JPEGBaseline8Bit),
    ],
)
def test_an_honest_header_of_a_large_frame_is_refused(side: int, frame: bytes, syntax: UID) -> None:
    data = compressed(frame, syntax, Rows=side, Columns=side)
    assert code_of(data) is RejectCode.RESOURCE_LIMIT


def test_what_ends_the_process_of_a_decoder_does_not_reach_it() -> None:
    """Seen with GDCM 3.2: bytes between JPEG segments, impossible tables, depths that no standard
    knows, and a codestream that is deeper than its pixels; with CharLS, seconds over no end."""
    good = jpeg(8, 8, marker=0xC3)
    scan = good.index(b"\xff\xda")
    table = b"\xff\xc4\x00\x17\0" + bytes([1, 1, 0xFF, *[0] * 13]) + b"\0" * 4
    check_codestream(jpeg(8, 8, marker=0xF7), FrameSize(8, 8, 1, 8))
    endless = jpeg(8, 8, marker=0xF7)[:-2]
    deep_jpeg = good.replace(b"\x0b\x08", b"\x0b\x2a", 1)
    deep_j2k = bytearray(jpeg_2000(8, 8))
    deep_j2k[42] = 71
    gap = good[:scan] + b"\x8a\x28" + good[scan:]
    codes = good[:scan] + table + good[scan:]
    jfif = good[:2] + b"\xff\xe0\x00\x10JFIF\0\x07\0" + bytes(7) + good[2:]
    adobe = good[:2] + b"\xff\xee\x00\x0eAdobe\0" + bytes(5) + b"\xa3" + good[2:]
    for frame in (gap, codes, jfif, adobe, endless, deep_jpeg, bytes(deep_j2k)):
        with pytest.raises(ImageRejected) as caught:
            check_codestream(frame, FrameSize(8, 8, 1, 16))
        assert caught.value.code is RejectCode.PIXEL_DECODE
    with pytest.raises(ImageRejected) as caught:
        check_codestream(good.replace(b"\x0b\x08", b"\x0b\x0c", 1), FrameSize(8, 8, 1, 8))
    assert caught.value.code is RejectCode.INVALID_ATTRIBUTES


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_garbage_is_no_codestream(syntax: UID) -> None:
    for garbage in (b"no image " * 8, b"\xff\xd8\xff", b"\0" * 100):
        assert code_of(compressed(garbage, syntax)) is RejectCode.PIXEL_DECODE


@pytest.mark.parametrize(
    ("syntax", "head"),
    [
        (JPEGBaseline8Bit, jpeg(8, 8)),
        (JPEGLosslessSV1, jpeg(8, 8, marker=0xC3)),
        (JPEGLSLossless, jpeg(8, 8, marker=0xF7)),
        (JPEG2000Lossless, jpeg_2000(8, 8)),
    ],
)
def test_a_good_head_before_garbage_cannot_be_decoded(syntax: UID, head: bytes) -> None:
    assert code_of(compressed(head + b"no image " * 8, syntax)) is RejectCode.PIXEL_DECODE


@pytest.mark.parametrize(
    "frame",
    [
        rle(b"\xc1\0", b"\xc1\0"),
        rle(),
        rle(b"\x01\0"),
        rle(b"\xc1\0")[:40],
        struct.pack("<16I", 1, 5000, *[0] * 14) + b"\xc1\0",
        struct.pack("<16I", 1, 8, *[0] * 14) + b"\xc1\0",
        struct.pack("<16I", 2**32 - 1, *[64] * 15) + b"\xc1\0",
    ],
    ids=["two segments", "none", "too short", "no header", "outside", "inside the header", "many"],
)
def test_broken_run_lengths_cannot_be_decoded(frame: bytes) -> None:
    assert code_of(compressed(frame, RLELossless)) is RejectCode.PIXEL_DECODE


def test_missing_frames_cannot_be_decoded() -> None:
    data = compressed(rle(b"\xc1\0"), RLELossless, NumberOfFrames=2)
    assert code_of(data) is RejectCode.PIXEL_DECODE


def test_run_lengths_that_gain_nothing_are_read() -> None:
    """Every pixel a run of its own: twice the size, which some encoders write."""
    values = np.arange(64, dtype=np.uint8)
    segment = b"".join(bytes([0, value]) for value in values)
    check_run_lengths(rle(segment), FrameSize(8, 8, 1, 8))
    image = read_dicom(compressed(rle(segment), RLELossless))
    assert image is not None
    np.testing.assert_array_equal(render_frame(image, 0).pixels, values.reshape(8, 8))


def test_what_an_encoder_writes_is_read() -> None:
    pixels = np.tile(np.arange(0, 256, 8, dtype=np.uint8), (16, 1))
    for kind, syntax in (("JPEG", JPEGBaseline8Bit), ("JPEG2000", JPEG2000Lossless)):
        buffer = io.BytesIO()
        options = {"quality": 100} if kind == "JPEG" else {"no_jp2": True}
        Image.fromarray(pixels).save(buffer, kind, **options)
        frame = buffer.getvalue() + b"\0" * (len(buffer.getvalue()) % 2)
        image = read_dicom(compressed(frame, syntax, *pixels.shape))
        assert image is not None
        np.testing.assert_allclose(render_frame(image, 0).pixels.astype(int), pixels, atol=2)


@given(st.binary(max_size=200))
def test_any_bytes_are_checked(frame: bytes) -> None:
    for head in (b"", jpeg(8, 8)[:-4], jpeg_2000(8, 8)[:30]):
        for check in (check_codestream, check_run_lengths):
            with suppress(ImageRejected):
                check(head + frame, FrameSize(8, 8, 1, 8))
