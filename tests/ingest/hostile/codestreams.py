"""Compressed pixel data that claims, or is, far more than it looks."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache

import numpy as np
from PIL import Image
from pydicom.uid import (
    MPEG4HP41,
    DeflatedExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from tests.ingest.hostile.instances import compressed, dataset_start, whole, with_syntax

_GARBAGE = np.random.default_rng(4711).bytes(2048)


@cache
def _jpeg_2000(bits: int, rows: int, columns: int) -> bytes:
    """A codestream of 8 by 8 pixels whose SIZ marker (ISO 15444-1, A.5.1) claims one tile of
    `rows` by `columns`."""
    buffer = io.BytesIO()
    pixels = np.arange(64, dtype=np.uint8 if bits == 8 else np.uint16).reshape(8, 8)
    Image.fromarray(pixels).save(buffer, "JPEG2000", no_jp2=True)
    stream = bytearray(buffer.getvalue())
    assert stream[2:4] == b"\xff\x51"
    struct.pack_into(">2I", stream, 8, columns, rows)
    struct.pack_into(">2I", stream, 24, columns, rows)
    return bytes(stream)


def jpeg_2000_over_the_cap() -> bytes:
    """Claims 12,000 by 12,000 pixels of 16 bits, 288 MB, in the header and in the codestream."""
    side = 12_000
    stream = _jpeg_2000(16, side, side)
    return compressed("J2K honest", JPEG2000Lossless, stream, rows=side, columns=side, bits=16)


def jpeg_2000_under_the_cap() -> bytes:
    """As `jpeg_2000_over_the_cap`, of 8 bits: 144 MB may be asked for, and are not there."""
    side = 12_000
    return compressed(
        "J2K under", JPEG2000Lossless, _jpeg_2000(8, side, side), rows=side, columns=side
    )


def jpeg_2000_larger_than_its_header() -> bytes:
    """12,000 by 12,000 in the codestream, 8 by 8 in the header: 775 MB for a kilobyte."""
    return compressed("J2K lying", JPEG2000Lossless, _jpeg_2000(8, 12_000, 12_000))


def _jpeg(side: int) -> bytes:
    """A baseline JPEG of `side` by `side` grey pixels (a multiple of 16), complete: 6 bits a block
    of 8 by 8, DC difference 0 and end of block, in the standard tables (ITU T.81 K.3)."""
    buffer = io.BytesIO()
    Image.new("L", (16, 16), 128).save(buffer, "JPEG")
    plain = buffer.getvalue()
    frame = plain.index(b"\xff\xc0")
    scan = plain.index(b"\xff\xda")
    start = scan + 2 + int.from_bytes(plain[scan + 2 : scan + 4], "big")
    size = struct.pack(">2H", side, side)
    head = plain[: frame + 5] + size + plain[frame + 9 : start]
    return head + b"\x28\xa2\x8a" * ((side // 8) ** 2 // 4) + b"\xff\xd9"


@cache
def _large_jpeg() -> bytes:
    return _jpeg(30_000)


def jpeg_of_30000() -> bytes:
    """10.5 MB that decode to 900 MB, as the header says."""
    stream = _large_jpeg()
    return compressed("JPEG honest", JPEGBaseline8Bit, stream, rows=30_000, columns=30_000)


def jpeg_of_30000_larger_than_its_header() -> bytes:
    return compressed("JPEG lying", JPEGBaseline8Bit, _large_jpeg())


def _rle(runs: int, segments: int = 1) -> bytes:
    """RLE (PS3.5 G) of `segments` segments of `runs` runs of 128 zeros."""
    segment = b"\x81\x00" * runs
    offsets = [64 + number * len(segment) for number in range(segments)]
    header = struct.pack("<16I", segments, *offsets, *[0] * (15 - segments))
    return header + segment * segments


def rle_bomb() -> bytes:
    """Half a megabyte for a picture of 800 MB."""
    side = 20_000
    return compressed("RLE honest", RLELossless, _rle(1 << 17, 2), rows=side, columns=side, bits=16)


def rle_bomb_larger_than_its_header() -> bytes:
    """16 MB that decode to 1 GiB, for a picture of 8 by 8."""
    return compressed("RLE lying", RLELossless, _rle(1 << 23))


def rle_with_too_few_fragments() -> bytes:
    return compressed("RLE fragments", RLELossless, _rle(1), NumberOfFrames=3, rows=8, columns=16)


def rle_with_too_few_segments() -> bytes:
    """One segment where 16 bits want two: made a decoder panic past `except Exception`."""
    return compressed("RLE segments", RLELossless, _rle(1), bits=16)


def rle_that_ends_early() -> bytes:
    return compressed("RLE short", RLELossless, _rle(1)[:64] + b"\x05\x00")


def rle_shorter_than_its_header() -> bytes:
    return compressed("RLE cut header", RLELossless, b"\x01\x00\x00\x00\x40\x00")


def garbage_jpeg_2000() -> bytes:
    return compressed("garbage J2K", JPEG2000Lossless, _GARBAGE)


def garbage_jpeg_ls() -> bytes:
    return compressed("garbage JPEG-LS", JPEGLSLossless, _GARBAGE)


def garbage_jpeg_lossless() -> bytes:
    return compressed("garbage JPEG lossless", JPEGLosslessSV1, _GARBAGE)


def garbage_after_a_jpeg_2000_header() -> bytes:
    stream = _jpeg_2000(8, 8, 8)
    data = stream.index(b"\xff\x93") + 2
    return compressed("garbage in J2K", JPEG2000Lossless, stream[:data] + _GARBAGE)


def _lossless_jpeg(side: int) -> bytes:
    """A lossless JPEG (ITU T.81 H, first-order prediction) of `side` by `side` grey pixels: one
    code of one bit, for no difference."""
    frame = struct.pack(">2sHBHHB3B", b"\xff\xc3", 11, 8, side, side, 1, 1, 0x11, 0)
    table = struct.pack(">2sHB16BB", b"\xff\xc4", 20, 0, 1, *[0] * 15, 0)
    scan = struct.pack(">2sHB2B3B", b"\xff\xda", 8, 1, 1, 0, 1, 0, 0)
    return b"\xff\xd8" + frame + table + scan + bytes(side * side // 8) + b"\xff\xd9"


def _with_strays(stream: bytes) -> bytes:
    """Bytes that belong to no marker, before the tables: most decoders warn and pass them over,
    GDCM 3.2 ends its process."""
    tables = stream.index(b"\xff\xc4")
    return stream[:tables] + b"\x8a\x28" * 20 + stream[tables:]


def strays_in_jpeg() -> bytes:
    stream = _with_strays(_jpeg(16))
    return compressed("strays", JPEGBaseline8Bit, stream, rows=16, columns=16)


def strays_in_lossless_jpeg() -> bytes:
    stream = _with_strays(_lossless_jpeg(16))
    return compressed("lossless strays", JPEGLosslessSV1, stream, rows=16, columns=16)


def lossless_jpeg() -> bytes:
    """A good one, that the others are measured by."""
    return compressed("lossless", JPEGLosslessSV1, _lossless_jpeg(16), rows=16, columns=16)


def lossless_jpeg_of_fewer_bits() -> bytes:
    """8 bits in the codestream and in memory, 2 by its header: GDCM 3.2 ends its process."""
    stream = _lossless_jpeg(16)
    return compressed(
        "fewer bits", JPEGLosslessSV1, stream, rows=16, columns=16, BitsStored=2, HighBit=7
    )


def _twelve_bit_jpeg() -> bytes:
    """An extended sequential JPEG (ITU T.81 B.2) of 16 by 16 grey pixels of 12 bits: two codes of
    one bit, for no difference and for the end of a block."""
    quantisation = struct.pack(">2sHB64B", b"\xff\xdb", 67, 0, *[1] * 64)
    frame = struct.pack(">2sHBHHB3B", b"\xff\xc1", 11, 12, 16, 16, 1, 1, 0x11, 0)
    tables = b"".join(
        struct.pack(">2sHB16BB", b"\xff\xc4", 20, kind, 1, *[0] * 15, 0) for kind in (0x00, 0x10)
    )
    scan = struct.pack(">2sHB2B3B", b"\xff\xda", 8, 1, 1, 0, 0, 63, 0)
    return b"\xff\xd8" + quantisation + frame + tables + scan + b"\0\xff\xd9"


def _twelve_bits(name: str, stream: bytes) -> bytes:
    return compressed(
        name, JPEGExtended12Bit, stream, rows=16, columns=16, bits=16, BitsStored=12, HighBit=11
    )


def twelve_bit_jpeg() -> bytes:
    return _twelve_bits("12 bits", _twelve_bit_jpeg())


def strays_in_twelve_bit_jpeg() -> bytes:
    return _twelve_bits("12 bits strays", _with_strays(_twelve_bit_jpeg()))


def _component(name: str, at: int, value: int) -> bytes:
    """A whole JPEG 2000 with one byte of its SIZ marker changed."""
    stream = bytearray(_jpeg_2000(8, 8, 8))
    stream[at] = value
    return compressed(name, JPEG2000Lossless, bytes(stream))


def jpeg_2000_of_72_bits() -> bytes:
    """A depth that the standard does not know (at most 38): GDCM 3.2 ends its process."""
    return _component("J2K 72 bits", 42, 71)


def jpeg_2000_of_no_step() -> bytes:
    """Its pixels lie 0 columns apart."""
    return _component("J2K no step", 43, 0)


def jpeg_2000_of_no_tiles() -> bytes:
    """16,777,216 by 16,777,216 tiles of 0 columns."""
    return _component("J2K no tiles", 27, 0)


def film() -> bytes:
    return compressed("MPEG-4", MPEG4HP41, _GARBAGE)


def deflated_frames() -> bytes:
    """Deflated image frame compression (supplement 244): no decoder knows it yet."""
    data = compressed("deflated frames", RLELossless, _GARBAGE)
    return with_syntax(data, "1.2.840.10008.1.2.8.1")


_ZEROS = bytes(1 << 20)
_ITS_MEGABYTES = 4095


def deflate_bomb() -> bytes:
    """4 GiB of zeros in 4 MB: a deflated dataset (PS3.5 A.5) with a private element of that size.

    A megabyte of zeros after a full flush (RFC 1951) is the same bytes each time.
    """
    data = with_syntax(whole("deflate"), DeflatedExplicitVRLittleEndian)
    start = dataset_start(data)
    later = data.index(struct.pack("<HH", 0x0010, 0x0020), start)
    private = struct.pack("<HH2sHI", 0x0009, 0x1001, b"OB", 0, _ITS_MEGABYTES << 20)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = packer.compress(data[start:later] + private) + packer.flush(zlib.Z_FULL_FLUSH)
    first, again = (packer.compress(_ZEROS) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    tail = packer.compress(data[later:]) + packer.flush()
    return data[:start] + head + first + again * (_ITS_MEGABYTES - 1) + tail
