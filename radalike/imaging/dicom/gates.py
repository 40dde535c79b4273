"""What is refused of a DICOM file before anything of it is decoded.

pydicom inflates a deflated dataset whole (2 MB became 4.2 GB) and reads nested sequences by
recursion; both are bounded here.
"""

from __future__ import annotations

import io
import logging
import zlib

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filereader import read_dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)
from pydicom.valuerep import EXPLICIT_VR_LENGTH_16, EXPLICIT_VR_LENGTH_32

from radalike.errors import ImageRejected, RejectCode
from radalike.imaging.dicom.errors import dicom_errors
from radalike.imaging.dicom.nesting import check_nesting
from radalike.imaging.formats import HEAD_BYTES, Format, format_of
from radalike.imaging.raster import check_size

MAX_INFLATED_BYTES = 256 * 1024**2
"""The largest dataset that is inflated, in bytes."""
MAX_RATIO = 200
"""How many times larger a dataset may become that is inflated to more than 16 MiB."""

_ANY_RATIO_BYTES = 16 * 1024**2
_PREAMBLE = 128
_MAGIC = b"DICM"
_META_GROUP = b"\x02\x00"
_KINDS = EXPLICIT_VR_LENGTH_16 | EXPLICIT_VR_LENGTH_32
_PROGRAMS: tuple[bytes, ...] = (
    b"MZ",  # Windows
    b"\x7fELF",
    *(b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"),  # macOS
    b"\xca\xfe\xba\xbe",
    b"#!",
    *(b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf"),  # archives
    b"%PDF",
)
"""Beginnings that another program would run or open. TIFF is not among them: the standard foresees
it in the preamble (PS3.10 7.1)."""


def parse_dicom(data: bytes) -> Dataset:
    """The dataset of a DICOM file, with or without preamble, its elements not yet converted.

    Raises ImageRejected: NotDicom, Quarantined, Truncated, ResourceLimit, InvalidAttributes.
    """
    # The library logs the values it warns about: they must reach no handler. A level holds for the
    # loggers of its modules too, which `disabled` does not.
    logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
    if format_of(data[:HEAD_BYTES]) is not Format.DICOM:
        raise ImageRejected(RejectCode.NOT_DICOM, "not DICOM")
    with dicom_errors():
        if has_preamble(data):
            _check_preamble(data[:_PREAMBLE])
        dataset = pydicom.dcmread(io.BytesIO(inflated(data)), force=True)
        if not dataset and not getattr(dataset, "file_meta", None):
            raise ImageRejected(RejectCode.NOT_DICOM, "there is nothing but a signature")
        check_nesting(dataset)
        _name_syntax(dataset)
    return dataset


def _name_syntax(dataset: Dataset) -> None:
    """A file without a file meta group gets the plain transfer syntax it was read as."""
    if not hasattr(dataset, "file_meta"):
        dataset.file_meta = FileMetaDataset()
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit, little = dataset.original_encoding
        plain = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else plain


def has_preamble(data: bytes) -> bool:
    return data[_PREAMBLE : _PREAMBLE + len(_MAGIC)] == _MAGIC


def _check_preamble(preamble: bytes) -> None:
    if preamble.startswith(_PROGRAMS) or preamble.lstrip().startswith(b"<"):
        raise ImageRejected(
            RejectCode.QUARANTINED, "its preamble is the beginning of a program or a document"
        )


def inflated(data: bytes) -> bytes:
    """`data` with its dataset inflated, when it is deflated (PS3.5 A.5).

    Raises ImageRejected: ResourceLimit for a dataset that is too large, Truncated.
    """
    deflated = DeflatedExplicitVRLittleEndian.encode()
    if data.find(deflated, 0, _end_of_meta(data)) < 0:
        return data
    stream = io.BytesIO(data)
    stream.seek(_PREAMBLE + len(_MAGIC) if has_preamble(data) else 0)
    meta = read_dataset(stream, False, True, stop_when=lambda tag, vr, size: tag.group != 2)
    if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        return data
    end = stream.tell()
    most = min(MAX_INFLATED_BYTES, max(_ANY_RATIO_BYTES, MAX_RATIO * (len(data) - end)))
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    body = inflater.decompress(memoryview(data)[end:], most + 1)
    if len(body) > most:
        raise ImageRejected(
            RejectCode.RESOURCE_LIMIT,
            "its dataset is too large when it is inflated",
            limit=most,
        )
    if not inflater.eof:
        raise ImageRejected(RejectCode.TRUNCATED, "the deflated dataset ends early")
    # The same header, naming the syntax that the dataset is in now, in as many bytes.
    plain = ExplicitVRLittleEndian.encode().ljust(len(deflated), b"\0")
    return data[:end].replace(deflated, plain) + body


def _end_of_meta(data: bytes) -> int:
    """Where the file meta group ends, in explicit VR and little-endian (PS3.10 7.1); the end of
    `data` where it is not laid out so."""
    at = _PREAMBLE + len(_MAGIC) if has_preamble(data) else 0
    while data.startswith(_META_GROUP, at):
        kind = data[at + 4 : at + 6].decode("latin-1")
        if kind not in _KINDS:
            return len(data)
        head, width = (12, 4) if kind in EXPLICIT_VR_LENGTH_32 else (8, 2)
        at += head + int.from_bytes(data[at + head - width : at + head], "little")
    return min(at, len(data))


def check_shape(dataset: Dataset) -> int:
    """The number of frames of an image. Raises ImageRejected: InvalidAttributes for dimensions no
    image has (PS3.3 C.7.6.3), ResourceLimit for a frame of more than MAX_FRAME_BYTES."""
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    samples = int(dataset.get("SamplesPerPixel", 1))
    frames = int(dataset.get("NumberOfFrames") or 1)
    allocated = int(dataset.BitsAllocated)
    floating = "PixelData" not in dataset
    stored = int(dataset.BitsStored) if not floating else allocated
    if min(rows, columns, samples, frames, stored) < 1 or stored > allocated:
        raise ImageRejected(RejectCode.INVALID_ATTRIBUTES, "impossible image dimensions")
    if allocated not in ((32, 64) if floating else (1, 8, 16, 32, 64)):
        raise ImageRejected(RejectCode.INVALID_ATTRIBUTES, "impossible number of bits")
    check_size(columns, rows, samples=samples * max(1, allocated // 8))
    return frames
