"""DICOM instances from mappings of keywords, in the same bytes every time."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid5

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEG2000Lossless, RLELossless

from ingest.phantoms.exams.exam import Attributes, StoredPixels

_ENCODER = {RLELossless: "pydicom", JPEG2000Lossless: "pylibjpeg"}
_NAMESPACE = UUID("8f6d1f0e-6f0c-5b7a-9d6e-2c1f4b7a3e55")


def derived_uid(*parts: object) -> UID:
    """A UID under 2.25 that is always the same for the same `parts`: a UUIDv5 of them, as
    DICOM PS3.5 B.2 lays down for UIDs made of UUIDs."""
    return UID(f"2.25.{uuid5(_NAMESPACE, '/'.join(map(str, parts))).int}")


def dataset_of(attributes: Attributes) -> Dataset:
    """A dataset of `attributes`: DICOM keyword → value, a list of mappings for a sequence."""
    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, _element_value(value))
    return dataset


def _element_value(value: object) -> object:
    if isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        return Sequence([dataset_of(item) for item in value])
    return value


def instance_of(attributes: Attributes, pixels: StoredPixels, syntax: UID) -> Dataset:
    """A complete instance: `attributes`, the pixel module of `pixels`, and the file's header.

    `attributes` has SOPClassUID and SOPInstanceUID, and may have BitsStored (else all bits) and
    PhotometricInterpretation (else MONOCHROME2, or RGB for three samples a pixel).
    """
    dataset = dataset_of({**_pixel_attributes(pixels, attributes), **attributes})
    dataset.HighBit = dataset.BitsStored - 1
    dataset.file_meta = file_meta(dataset.SOPClassUID, dataset.SOPInstanceUID)
    dataset["PixelData"].VR = "OB" if pixels.dtype.itemsize == 1 else "OW"
    if syntax != ExplicitVRLittleEndian:
        # One named encoder for each: others may write other bytes.
        dataset.compress(syntax, encoding_plugin=_ENCODER[syntax], generate_instance_uid=False)
    return dataset


def file_meta(sop_class: UID, sop_instance: UID) -> FileMetaDataset:
    """The file header of an uncompressed instance."""
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = sop_instance
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = derived_uid("implementation")
    meta.ImplementationVersionName = "RADALIKE_SAMPLE"
    return meta


def _pixel_attributes(pixels: StoredPixels, attributes: Attributes) -> dict[str, object]:
    bits = pixels.dtype.itemsize * 8
    colour = pixels.ndim == 3 and "NumberOfFrames" not in attributes
    rows, columns = pixels.shape[:2] if colour else pixels.shape[-2:]
    little = pixels.astype(pixels.dtype.newbyteorder("<"), copy=False)
    return {
        "SamplesPerPixel": 3 if colour else 1,
        "PhotometricInterpretation": "RGB" if colour else "MONOCHROME2",
        **({"PlanarConfiguration": 0} if colour else {}),
        "Rows": rows,
        "Columns": columns,
        "BitsAllocated": bits,
        "BitsStored": bits,
        "PixelRepresentation": int(np.issubdtype(pixels.dtype, np.signedinteger)),
        "PixelData": little.tobytes(),
    }
