"""DICOM files made for a test: bytes of a dataset with given pixels and attributes."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.config import IGNORE, settings
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

RAMP = np.linspace(-1000, 1000, 5).astype(np.int16).reshape(1, 5)
"""Five values from -1000 to 1000."""


@contextmanager
def _careless() -> Iterator[None]:
    """Values that break the standard are taken and written as they are, as careless programs do."""
    before = settings.writing_validation_mode
    settings.writing_validation_mode = IGNORE
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        settings.writing_validation_mode = before


def dataset(
    pixels: npt.NDArray[Any] | None = RAMP,
    elements: Mapping[int, tuple[str, Any]] | None = None,
    **attributes: Any,
) -> Dataset:
    """A CT of `pixels` ((rows, columns), (frames, rows, columns) or (rows, columns, 3)).

    `attributes` are set by keyword, and left out where they are None; `elements` are set as
    (VR, value) by tag.
    """
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = CTImageStorage
    made.file_meta.MediaStorageSOPInstanceUID = UID("1.2.3")
    made.SOPClassUID = CTImageStorage
    made.SOPInstanceUID = "1.2.3"
    made.Modality = "CT"
    if pixels is not None:
        colour = pixels.ndim == 3 and pixels.shape[2] == 3
        made.Rows, made.Columns = pixels.shape[:2] if colour else pixels.shape[-2:]
        made.SamplesPerPixel = 3 if colour else 1
        made.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
        if colour:
            made.PlanarConfiguration = 0
        elif pixels.ndim == 3:
            made.NumberOfFrames = len(pixels)
        made.BitsAllocated = made.BitsStored = pixels.dtype.itemsize * 8
        made.HighBit = made.BitsStored - 1
        made.PixelRepresentation = int(pixels.dtype.kind == "i")
        made.add_new("PixelData", "OW", pixels.tobytes())
    with _careless():
        for name, value in attributes.items():
            if value is None:
                delattr(made, name)
            else:
                setattr(made, name, value)
        for tag, (representation, value) in (elements or {}).items():
            made.add(DataElement(tag, representation, value))
    return made


def encoded(made: Dataset) -> bytes:
    """The dataset as a DICOM file."""
    buffer = io.BytesIO()
    with _careless():
        made.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()
