"""The DICOM instances that hostile files are made of: whole and harmless, until they are bent."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

from tests.ingest.files import ROOT_UID, picture
from tests.radalike.imaging.dicom.datasets import dataset, encoded

PIXEL_DATA = 0x7FE00010

Pixels = npt.NDArray[Any]
Elements = Mapping[int, tuple[str, Any]]


def instance(
    name: str,
    pixels: Pixels | None = None,
    elements: Elements | None = None,
    **attributes: Any,
) -> Dataset:
    """A CT slice of 32 by 32 pixels with identifiers of its own, made of `name`; `pixels`,
    `attributes` (None leaves one out) and `elements` (tag → VR, value) replace what it has."""
    number = zlib.crc32(name.encode())
    seeded = picture(number, 32).astype(np.int16) * 4
    identifiers = {
        "SOPInstanceUID": f"{ROOT_UID}.7.{number}",
        "SeriesInstanceUID": f"{ROOT_UID}.8.{number}",
        "StudyInstanceUID": f"{ROOT_UID}.9.{number}",
        "PatientID": f"H{number}",
        "WindowCenter": 500,
        "WindowWidth": 1000,
    }
    given = {**identifiers, **attributes}
    left_out = [key for key in identifiers if given[key] is None]
    for key in left_out:
        del given[key]
    return dataset(seeded if pixels is None else pixels, elements, **given)


def whole(name: str, pixels: Pixels | None = None, **attributes: Any) -> bytes:
    """The bytes of a good file."""
    return encoded(instance(name, pixels, **attributes))


def compressed(
    name: str,
    syntax: str,
    *fragments: bytes,
    rows: int = 8,
    columns: int = 8,
    bits: int = 8,
    **attributes: Any,
) -> bytes:
    """A file of transfer syntax `syntax` whose pixel data is `fragments`, one a frame, whatever
    they hold; its header claims `rows` by `columns` of `bits`."""
    made = instance(
        name,
        np.zeros((8, 8), np.uint8 if bits == 8 else np.uint16),
        {PIXEL_DATA: ("OB", encapsulate(list(fragments)))},
        Rows=rows,
        Columns=columns,
        **attributes,
    )
    made.file_meta.TransferSyntaxUID = UID(syntax)
    made["PixelData"].is_undefined_length = True
    return encoded(made)


def before_pixels(data: bytes, inserted: bytes) -> bytes:
    """`data` (explicit little endian) with the bytes `inserted` before its pixel data."""
    start = data.index(struct.pack("<HH", 0x7FE0, 0x0010))
    return data[:start] + inserted + data[start:]


def with_syntax(data: bytes, syntax: str) -> bytes:
    """`data` with the name of its transfer syntax replaced, its group length (0002,0000) made
    right, and nothing else."""
    start = data.index(b"DICM") + 4
    end = start + 12 + int.from_bytes(data[start + 8 : start + 12], "little")
    element = data.index(b"\x02\x00\x10\x00UI", start)
    after = element + 8 + int.from_bytes(data[element + 6 : element + 8], "little")
    value = syntax.encode() + b"\0" * (len(syntax) % 2)
    renamed = data[element : element + 6] + struct.pack("<H", len(value)) + value
    meta = data[start + 12 : element] + renamed + data[after:end]
    return data[: start + 8] + struct.pack("<I", len(meta)) + meta + data[end:]


def dataset_start(data: bytes) -> int:
    """Where the dataset begins, behind the file's header."""
    start = data.index(b"DICM") + 4
    return start + 12 + int.from_bytes(data[start + 8 : start + 12], "little")
