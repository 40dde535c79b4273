"""Hostile DICOM files: each is refused with its code, at once, without the memory it asks for."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian

from radalike.errors import ImageRejected, RejectCode
from radalike.imaging.dicom.decoding import stored_values
from radalike.imaging.dicom.image import read_dicom, render_frame
from radalike.imaging.dicom.nesting import MAX_NESTING
from tests.radalike.imaging.dicom.datasets import RAMP, dataset, encoded

WHOLE = encoded(dataset(WindowCenter=0, WindowWidth=2000))
SEQUENCE = b"\x08\x00\x40\x11SQ\0\0"
ITEM = b"\xfe\xff\x00\xe0"
UNDEFINED = b"\xff\xff\xff\xff"
ITEM_END, SEQUENCE_END = b"\xfe\xff\x0d\xe0\0\0\0\0", b"\xfe\xff\xdd\xe0\0\0\0\0"


@contextmanager
def within(seconds: float, mib: int) -> Iterator[None]:
    """Fails when the block takes longer, or Python allocates more at one time."""
    began = time.process_time()
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()
    assert peak < mib, f"{peak:.0f} MiB"
    assert time.process_time() - began < seconds


def code_of(data: bytes) -> RejectCode | None:
    try:
        image = read_dicom(data)
    except ImageRejected as exc:
        return exc.code
    assert image is not None
    return None


# -- what is no DICOM ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(132),
        bytes(128) + b"DICM",
        b"\x89PNG\r\n\x1a\n" + bytes(200),
        b"patient,age\n1,60\n" * 20,
    ],
    ids=["empty", "132 zeros", "a signature alone", "a PNG", "text"],
)
def test_what_is_not_dicom(data: bytes) -> None:
    assert code_of(data) is RejectCode.NOT_DICOM


@pytest.mark.parametrize(
    "start",
    [
        *(b"MZ\x90\0", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"#!/bin/sh\n"),
        *(b"PK\x03\x04", b"%PDF-1.7", b"Rar!\x1a"),
        *(b"<html>", b"\n <!DOCTYPE html>", b"<script>"),
    ],
)
def test_a_preamble_that_another_program_opens_is_quarantined(start: bytes) -> None:
    assert code_of(start.ljust(128, b"\0") + WHOLE[128:]) is RejectCode.QUARANTINED


@pytest.mark.parametrize("start", [b"", b"II*\0", b"MM\0*", b"vendor text"])
def test_other_preambles_are_read(start: bytes) -> None:
    """TIFF is foreseen by PS3.10 7.1."""
    assert code_of(start.ljust(128, b"\0") + WHOLE[128:]) is None


@pytest.mark.parametrize(("implicit", "little"), [(True, True), (False, True), (False, False)])
def test_a_dataset_alone_is_read_and_noted(implicit: bool, little: bool) -> None:
    made = dataset(RAMP.astype(RAMP.dtype.newbyteorder("<" if little else ">")))
    made.WindowCenter, made.WindowWidth = 0, 2000
    made["PixelData"].VR = "OW"
    del made.file_meta
    buffer = DicomBytesIO()
    buffer.is_implicit_VR, buffer.is_little_endian = implicit, little
    write_dataset(buffer, made)
    image = read_dicom(buffer.getvalue())
    assert image is not None
    rendered = render_frame(image, 0)
    assert rendered.warnings == ("no-preamble",)
    np.testing.assert_allclose(rendered.pixels, [[0, 64, 128, 191, 255]], atol=1)


def test_a_file_meta_group_without_preamble_is_read_and_noted() -> None:
    image = read_dicom(WHOLE[132:])
    assert image is not None
    assert image.warnings == ("no-preamble",)


# -- deflated datasets -----------------------------------------------------------------------


def deflated(*parts: bytes) -> bytes:
    """A file with a deflated dataset that inflates to `parts`."""
    made = dataset()
    made.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    whole = encoded(made)
    meta = whole[: 144 + int.from_bytes(whole[140:144], "little")]
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return meta + b"".join(deflate.compress(part) for part in parts) + deflate.flush()


def plain_dataset() -> bytes:
    return WHOLE[144 + int.from_bytes(WHOLE[140:144], "little") :]


def test_a_deflated_dataset_is_the_same_image() -> None:
    rendered = [
        render_frame(image, 0)
        for data in (WHOLE, deflated(plain_dataset()))
        if (image := read_dicom(data)) is not None
    ]
    np.testing.assert_array_equal(rendered[0].pixels, rendered[1].pixels)
    assert rendered[1].warnings == ()


@pytest.mark.parametrize("mib", [20, 300])
def test_a_deflate_bomb_is_refused_while_it_is_inflated(mib: int) -> None:
    bomb = deflated(plain_dataset(), *[bytes(2**20)] * mib)
    assert len(bomb) < mib * 2048
    with within(seconds=5, mib=400):
        assert code_of(bomb) is RejectCode.RESOURCE_LIMIT


def test_a_deflate_bomb_is_found_behind_a_long_element() -> None:
    bomb = deflated(plain_dataset(), *[bytes(2**20)] * 20)
    first = 144  # of the elements behind the group's length
    long = b"\2\0\1\0OB\0\0" + (100_000).to_bytes(4, "little") + bytes(100_000)
    with within(seconds=5, mib=400):
        assert code_of(bomb[:first] + long + bomb[first:]) is RejectCode.RESOURCE_LIMIT


def test_a_deflate_bomb_is_found_in_a_header_without_types() -> None:
    """The file meta group in implicit VR, which the standard does not allow."""
    bomb = deflated(plain_dataset(), *[bytes(2**20)] * 20)
    end = 144 + int.from_bytes(bomb[140:144], "little")
    syntax = DeflatedExplicitVRLittleEndian.encode()
    named = b"\2\0\x10\0" + len(syntax).to_bytes(4, "little") + syntax
    with within(seconds=5, mib=400):
        assert code_of(bomb[:132] + named + bomb[end:]) is RejectCode.RESOURCE_LIMIT


def test_pixels_that_spell_the_deflated_syntax_are_pixels() -> None:
    spelt = np.frombuffer(b"1.2.840.10008.1.2.1.99" * 4, np.uint8).reshape(4, 22)
    image = read_dicom(encoded(dataset(spelt)))
    assert image is not None
    np.testing.assert_array_equal(stored_values(image.dataset, 0, 1), spelt)


def test_a_cut_deflated_dataset_is_truncated() -> None:
    assert code_of(deflated(plain_dataset())[:-9]) is RejectCode.TRUNCATED


def test_a_broken_deflated_dataset_is_rejected() -> None:
    data = deflated(plain_dataset())
    assert code_of(data[:-80] + b"\xff" * 80) in (RejectCode.PIXEL_DECODE, RejectCode.TRUNCATED)


# -- nesting ---------------------------------------------------------------------------------


def nested(depth: int, *, defined: bool) -> bytes:
    """`depth` sequences, each within the item of another."""
    if not defined:
        opening = SEQUENCE + UNDEFINED + ITEM + UNDEFINED
        return opening * depth + (ITEM_END + SEQUENCE_END) * depth
    sizes = (20 * level for level in reversed(range(depth)))
    return b"".join(
        SEQUENCE + struct.pack("<I", size + 8) + ITEM + struct.pack("<I", size) for size in sizes
    )


def with_planted(element: bytes) -> bytes:
    """WHOLE with `element` of group 0008 in its place."""
    at = WHOLE.index(b"\x28\x00\x02\x00US")
    return WHOLE[:at] + element + WHOLE[at:]


@pytest.mark.parametrize("defined", [True, False])
@pytest.mark.parametrize("depth", [1, 10, MAX_NESTING])
def test_nested_sequences_are_read(depth: int, defined: bool) -> None:
    assert code_of(with_planted(nested(depth, defined=defined))) is None


@pytest.mark.parametrize("defined", [True, False])
@pytest.mark.parametrize("depth", [MAX_NESTING + 1, 200, 500_000])
def test_sequences_nested_too_deep_are_refused_at_once(depth: int, defined: bool) -> None:
    data = with_planted(nested(depth, defined=defined))
    with within(seconds=3, mib=64):
        assert code_of(data) is RejectCode.RESOURCE_LIMIT


def test_kinds_of_length_are_counted_together() -> None:
    half = MAX_NESTING // 2 + 1
    inner = nested(half, defined=True)
    opening = SEQUENCE + UNDEFINED + ITEM + UNDEFINED
    data = with_planted(opening * half + inner + (ITEM_END + SEQUENCE_END) * half)
    assert code_of(data) is RejectCode.RESOURCE_LIMIT


def test_many_items_side_by_side_are_not_deep() -> None:
    made = dataset()
    made.SourceImageSequence = [Dataset() for _ in range(5000)]
    for item in made.SourceImageSequence:
        item.ReferencedSOPInstanceUID = "1.2.3"
        item.PurposeOfReferenceCodeSequence = [Dataset()]
    assert code_of(encoded(made)) is None


def test_nesting_in_big_endian_is_counted() -> None:
    made = dataset(RAMP.astype(">i2"))
    made.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    innermost = Dataset()
    for _ in range(MAX_NESTING + 1):
        outer = Dataset()
        outer.SourceImageSequence = [innermost]
        innermost = outer
    made.SourceImageSequence = [innermost]
    buffer = io.BytesIO()
    made.save_as(buffer, enforce_file_format=True)
    assert code_of(buffer.getvalue()) is RejectCode.RESOURCE_LIMIT


# -- sizes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"Rows": 65535, "Columns": 65535, "NumberOfFrames": 2**31 - 1}, RejectCode.RESOURCE_LIMIT),
        ({"Rows": 65535, "Columns": 65535}, RejectCode.RESOURCE_LIMIT),
        ({"Rows": 0}, RejectCode.INVALID_ATTRIBUTES),
        ({"NumberOfFrames": -1}, RejectCode.INVALID_ATTRIBUTES),
        ({"BitsStored": 17}, RejectCode.INVALID_ATTRIBUTES),
        ({"BitsAllocated": 12, "BitsStored": 12}, RejectCode.INVALID_ATTRIBUTES),
        ({"SamplesPerPixel": 0}, RejectCode.INVALID_ATTRIBUTES),
    ],
    ids=str,
)
def test_impossible_sizes(attributes: dict[str, int], code: RejectCode) -> None:
    data = encoded(dataset(**attributes))
    with within(seconds=1, mib=8):
        assert code_of(data) is code


def test_many_frames_that_are_not_there_are_truncated_at_once() -> None:
    image = read_dicom(encoded(dataset(NumberOfFrames=2**31 - 1)))
    assert image is not None
    with within(seconds=1, mib=8), pytest.raises(ImageRejected) as caught:
        render_frame(image, 2**31 - 2)
    assert caught.value.code is RejectCode.TRUNCATED


def test_a_false_length_of_pixels_is_not_allocated() -> None:
    at = WHOLE.index(b"\xe0\x7f\x10\x00OW") + 8
    data = WHOLE[:at] + b"\xfe\xff\xff\xff" + WHOLE[at + 4 :]
    with within(seconds=1, mib=8):
        assert code_of(data) in (None, RejectCode.TRUNCATED)


@given(st.binary(max_size=300), st.integers(0, len(WHOLE)))
def test_any_bytes_are_read_or_rejected(noise: bytes, at: int) -> None:
    for data in (WHOLE[:at] + noise + WHOLE[at:], WHOLE[:at] + noise + WHOLE[at + len(noise) :]):
        with suppress(ImageRejected):
            read_dicom(data)
