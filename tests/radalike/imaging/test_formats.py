"""A file's format is told by its content."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from radalike.imaging.formats import HEAD_BYTES, Format, claims_image, format_of
from tests.radalike.imaging.dicom.datasets import dataset, encoded


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF"])
def test_pictures(kind: str) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(buffer, kind)
    assert format_of(buffer.getvalue()[:HEAD_BYTES]) is Format.RASTER


def test_big_endian_tiff() -> None:
    assert format_of(b"MM\x00*" + bytes(20)) is Format.RASTER


def test_dicom_with_its_preamble() -> None:
    assert format_of(encoded(dataset())[:HEAD_BYTES]) is Format.DICOM


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize("little", [True, False])
def test_dicom_without_a_preamble(implicit: bool, little: bool) -> None:
    bare = dataset()
    del bare.file_meta
    buffer = DicomBytesIO()
    buffer.is_implicit_VR, buffer.is_little_endian = implicit, little
    write_dataset(buffer, bare)
    assert format_of(buffer.getvalue()[:HEAD_BYTES]) is Format.DICOM


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\x08",
        b"patient,age\n1,60\n",
        b"BM is how this text begins",
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
        b"PK\x03\x04" + bytes(100),
        b"%PDF-1.7\n",
        b"\x7fELF" + bytes(100),
        b'{"a": 1}',
        bytes(200),
        b"DICM",
        b"\x08\x00\xff\xff" + bytes(100),
    ],
)
def test_what_is_neither(head: bytes) -> None:
    assert format_of(head) is None


@given(st.binary(max_size=HEAD_BYTES))
def test_any_bytes_are_told(head: bytes) -> None:
    assert format_of(head) in (None, Format.DICOM, Format.RASTER)


@pytest.mark.parametrize(
    ("suffix", "claims"),
    [(".PNG", True), (".dcm", True), (".IMA", True), (".jpeg", True), ("", False), (".txt", False)],
)
def test_claims_image(suffix: str, claims: bool) -> None:
    assert claims_image(suffix) is claims
