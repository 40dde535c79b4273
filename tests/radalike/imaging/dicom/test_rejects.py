"""DICOM files that are passed over, and those that are rejected, with the code of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    MPEG2MPML,
    UID,
    CTImageStorage,
    DigitalMammographyXRayImageStorageForProcessing,
    DigitalXRayImageStorageForPresentation,
    EnhancedMRImageStorage,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
    SecondaryCaptureImageStorage,
    UltrasoundMultiFrameImageStorage,
)

from radalike.errors import ImageRejected, RejectCode
from radalike.imaging.dicom.image import (
    DicomFrame,
    read_dicom,
    render_frames,
)
from tests.radalike.imaging.dicom.datasets import dataset, encoded

WINDOW: dict[str, Any] = {"WindowCenter": 0, "WindowWidth": 2000}


# -- what is no picture ----------------------------------------------------------------------


@pytest.mark.parametrize("modality", ["SR", "SEG", "RTSTRUCT", "KO", "PR"])
def test_objects_that_are_no_pictures_are_passed_over(modality: str) -> None:
    assert read_dicom(encoded(dataset(Modality=modality))) is None


def test_a_report_without_pixels_is_passed_over() -> None:
    assert read_dicom(encoded(dataset(None, SOPClassUID="1.2.840.10008.5.1.4.1.1.104.1"))) is None


def test_a_dicomdir_is_passed_over() -> None:
    made = dataset(None, SOPClassUID=None, SOPInstanceUID=None)
    made.file_meta.MediaStorageSOPClassUID = UID("1.2.840.10008.1.3.10")
    assert read_dicom(encoded(made)) is None


# -- what is rejected ------------------------------------------------------------------------


def compressed(syntax: str) -> Dataset:
    made = dataset(elements={0x7FE00010: ("OB", encapsulate([b"no image " * 8]))})
    made.file_meta.TransferSyntaxUID = UID(syntax)
    made["PixelData"].is_undefined_length = True
    return made


REJECTED: dict[str, tuple[Callable[[], Dataset], RejectCode]] = {
    "fewer pixels than rows": (lambda: dataset(Rows=3), RejectCode.TRUNCATED),
    "fewer frames than said": (
        lambda: dataset(np.zeros((2, 4, 4), np.uint8), NumberOfFrames=1000),
        RejectCode.TRUNCATED,
    ),
    "no pixel data": (lambda: dataset(PixelData=None), RejectCode.TRUNCATED),
    "no rows": (lambda: dataset(Rows=None), RejectCode.INVALID_ATTRIBUTES),
    "zero columns": (lambda: dataset(Columns=0), RejectCode.INVALID_ATTRIBUTES),
    "empty rows": (
        lambda: dataset(elements={0x00280010: ("US", None)}),
        RejectCode.INVALID_ATTRIBUTES,
    ),
    "no bits": (lambda: dataset(BitsAllocated=None), RejectCode.INVALID_ATTRIBUTES),
    "more bits stored than allocated": (
        lambda: dataset(BitsStored=20),
        RejectCode.INVALID_ATTRIBUTES,
    ),
    "no photometric interpretation": (
        lambda: dataset(PhotometricInterpretation=None),
        RejectCode.INVALID_ATTRIBUTES,
    ),
    "three samples of grey": (
        lambda: dataset(SamplesPerPixel=3),
        RejectCode.INVALID_ATTRIBUTES,
    ),
    "not finite": (
        lambda: dataset(
            PixelData=None,
            BitsAllocated=32,
            FloatPixelData=np.full(5, np.nan, "f4").tobytes(),
        ),
        RejectCode.INVALID_ATTRIBUTES,
    ),
    "over the limit": (
        lambda: dataset(Rows=60_000, Columns=60_000),
        RejectCode.RESOURCE_LIMIT,
    ),
    "a broken RLE": (lambda: compressed(RLELossless), RejectCode.PIXEL_DECODE),
    "a broken JPEG 2000": (lambda: compressed(JPEG2000Lossless), RejectCode.PIXEL_DECODE),
    "a film": (lambda: compressed(MPEG2MPML), RejectCode.UNSUPPORTED_TRANSFER_SYNTAX),
}


def every_frame(data: bytes) -> list[DicomFrame]:
    image = read_dicom(data)
    return [] if image is None else list(render_frames(image, 16))


@pytest.mark.parametrize("name", REJECTED)
def test_broken_datasets_are_rejected_with_a_code(name: str) -> None:
    make, code = REJECTED[name]
    data = encoded(make())
    with pytest.raises(ImageRejected) as caught:
        every_frame(data)
    assert caught.value.code is code


def test_a_broken_jpeg_ls_is_rejected_with_and_without_a_decoder_for_it() -> None:
    with pytest.raises(ImageRejected) as caught:
        every_frame(encoded(compressed(JPEGLSLossless)))
    assert caught.value.code in (RejectCode.UNSUPPORTED_TRANSFER_SYNTAX, RejectCode.PIXEL_DECODE)


def test_an_unknown_transfer_syntax_is_rejected() -> None:
    data = encoded(dataset()).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.99999.1.2.1\0")
    with pytest.raises(ImageRejected) as caught:
        every_frame(data)
    assert caught.value.code is RejectCode.UNSUPPORTED_TRANSFER_SYNTAX


def test_a_reason_never_repeats_the_file_s_words() -> None:
    made = dataset(PatientName="Doe^Jane", PatientID="MRN-42", Rows=None)
    with pytest.raises(ImageRejected) as caught:
        read_dicom(encoded(made))
    shown = f"{caught.value} {caught.value.hint} {caught.value.data}"
    assert "Doe" not in shown
    assert "MRN" not in shown


WHOLE = encoded(dataset(np.zeros((20, 20), np.int16), **WINDOW))


@pytest.mark.parametrize(
    "kind",
    [
        CTImageStorage,
        DigitalXRayImageStorageForPresentation,
        DigitalMammographyXRayImageStorageForProcessing,
        EnhancedMRImageStorage,
        UltrasoundMultiFrameImageStorage,
        SecondaryCaptureImageStorage,
    ],
    ids=lambda kind: kind.keyword,
)
def test_every_kind_of_image_is_missed_where_its_header_is_cut(kind: UID) -> None:
    data = encoded(dataset(SOPClassUID=kind, InstitutionName="x" * 40))
    with pytest.raises(ImageRejected) as caught:
        read_dicom(data[: data.index(b"x" * 40)])
    assert caught.value.code is RejectCode.TRUNCATED


def test_a_cut_image_is_truncated_wherever_it_was_cut() -> None:
    """From the moment the file says what it is, it is never passed over as another object."""
    codes: dict[str, int] = {}
    for length in range(WHOLE.index(b"DICM") + 12, len(WHOLE) - 1):
        with pytest.raises(ImageRejected) as caught:
            every_frame(WHOLE[:length])
        codes.setdefault(caught.value.code, length)
    assert set(codes) == {RejectCode.TRUNCATED}, codes
