"""Small pictures and DICOM files for the tests of ingest."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, UltrasoundMultiFrameImageStorage

from radalike.records import Pixels

ROOT_UID = "1.2.826.0.1.3680043.10.543"


def picture(seed: int, size: int = 64) -> Pixels:
    """Smooth grey blobs, different for each seed: uint8 (size, size)."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((size, size), Image.Resampling.BICUBIC))


def write_png(path: Path, seed: int, size: int = 64) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture(seed, size)).save(path, "PNG")
    return path


def write_pngs(folder: Path, count: int, first_seed: int = 0) -> list[Path]:
    return [
        write_png(folder / f"{seed:05}.png", seed) for seed in range(first_seed, first_seed + count)
    ]


def write_dicom(path: Path, pixels: Pixels | int, **attributes: Any) -> Path:
    """A CT slice, or a multi-frame ultrasound for pixels of three dimensions.

    `pixels` may be a seed. Unless `attributes` says otherwise, patient, study, series and instance
    are made of the file's name; None leaves an attribute out.
    """
    stored = picture(pixels) if isinstance(pixels, int) else pixels
    number = zlib.crc32(str(path).encode())
    multi = stored.ndim == 3
    fields: dict[str, Any] = {
        "SOPClassUID": UltrasoundMultiFrameImageStorage if multi else CTImageStorage,
        "SOPInstanceUID": f"{ROOT_UID}.1.{number}",
        "SeriesInstanceUID": f"{ROOT_UID}.2.{number}",
        "StudyInstanceUID": f"{ROOT_UID}.3.{number}",
        "PatientID": f"P{number}",
        "Modality": "US" if multi else "CT",
        "BodyPartExamined": "CHEST",
        "NumberOfFrames": stored.shape[0] if multi else None,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": stored.shape[-2],
        "Columns": stored.shape[-1],
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "PixelRepresentation": 0,
        "WindowCenter": 128,
        "WindowWidth": 256,
        **attributes,
    }
    dataset = Dataset()
    for keyword, value in fields.items():
        if value is not None:
            setattr(dataset, keyword, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.PixelData = stored.tobytes() + b"\0" * (stored.size % 2)
    dataset["PixelData"].VR = "OB"
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path


def write_flat_png(path: Path, width: int, height: int, *, bits: int = 8, colour: int = 0) -> Path:
    """A black PNG of any size without holding it: PNG (ISO 15948) chunks around one zlib stream.

    bits: a sample; colour: PNG's colour type, 0 grey and 2 RGB.
    """
    row = b"\0" * (1 + (width * bits * (3 if colour == 2 else 1) + 7) // 8)
    deflate = zlib.compressobj(1)
    stream = b"".join(deflate.compress(row) for _ in range(height)) + deflate.flush()
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    with path.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for name, body in ((b"IHDR", header), (b"IDAT", stream), (b"IEND", b"")):
            checksum = zlib.crc32(name + body)
            file.write(struct.pack(">I", len(body)) + name + body + struct.pack(">I", checksum))
    return path
