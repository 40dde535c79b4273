"""Reading and rendering of DICOM: the one way in.

What leaves this module is an allow-list (DicomFrame): named attributes are copied out, nothing is
cleaned. `DicomImage.dataset` is for `metadata` alone; it is never stored.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import UID

from radalike.errors import ImageRejected, RejectCode, UnknownName
from radalike.imaging.dicom.decoding import stored_values, transfer_syntax
from radalike.imaging.dicom.errors import dicom_errors
from radalike.imaging.dicom.gates import check_shape, has_preamble, parse_dicom
from radalike.imaging.dicom.rendering import rendered
from radalike.imaging.dicom.views import (
    UnusableView,
    Window,
    modality_values,
    presets_of,
    stored_view,
)
from radalike.imaging.renderings import RENDERINGS, STORED_WINDOW
from radalike.records import Pixels
from radalike.vocabulary import NOT_IMAGES

_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


@dataclass(frozen=True, slots=True)
class DicomFrame:
    """number: from 0; pixels: uint8, (rows, columns) or (rows, columns, 3); warnings: what had to
    be worked round (`irregular-header`, `no-preamble`, `percentile-window`)."""

    number: int
    pixels: Pixels
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DicomImage:
    """An image instance: the dataset it was read from and its number of frames."""

    dataset: Dataset
    frames: int
    warnings: tuple[str, ...]


def read_dicom(data: bytes) -> DicomImage | None:
    """The image in `data`, None when it is DICOM but no picture (SR, SEG, RTPLAN, DICOMDIR …).

    Raises ImageRejected: NotDicom, Quarantined, Truncated, InvalidAttributes, ResourceLimit,
    UnsupportedTransferSyntax.
    """
    with warnings.catch_warnings(record=True) as caught, dicom_errors():
        warnings.simplefilter("always")
        dataset = parse_dicom(data)
        if str(dataset.get("Modality", "")).upper() in NOT_IMAGES:
            return None
        if not any(name in dataset for name in _PIXELS):
            if _should_have_pixels(dataset):
                raise ImageRejected(RejectCode.TRUNCATED, "there is no pixel data")
            return None
        frames = check_shape(dataset)
        transfer_syntax(dataset)
    noted = ("irregular-header",) if caught else ()
    return DicomImage(dataset, frames, noted if has_preamble(data) else (*noted, "no-preamble"))


def _should_have_pixels(dataset: Dataset) -> bool:
    """Whether a dataset without pixels is a cut image, rather than an object of another kind."""
    meta = getattr(dataset, "file_meta", Dataset())
    kind = dataset.get("SOPClassUID") or meta.get("MediaStorageSOPClassUID")
    if "Rows" in dataset or kind is None:
        return True
    name = UID(str(kind)).name
    if name == kind:  # not in the standard: cut, or a maker's own
        return "Modality" not in dataset
    return "Image Storage" in name


def sampled_frames(total: int, most: int) -> list[int]:
    """At most `most` frame numbers of `total`, evenly spread, the first and last among them."""
    if total <= most:
        return list(range(total))
    return [int(number) for number in np.linspace(0, total - 1, most).round()]


def render_frames(
    image: DicomImage, most: int, rendering: str = STORED_WINDOW
) -> Iterator[DicomFrame]:
    """At most `most` frames of `image`, rendered to 8 bits; raises as `render_frame` does."""
    for number in sampled_frames(image.frames, most):
        yield render_frame(image, number, rendering)


def render_frame(
    image: DicomImage, number: int, rendering: str | Window = STORED_WINDOW
) -> DicomFrame:
    """Frame `number` (from 0) of `image`, by one of RENDERINGS or a window of the caller's own. A
    CT preset is for CT in Hounsfield units; anything else is rendered by its stored window then. A
    window is for grey values; colours are rendered as they are.

    Raises UnknownName for another rendering; ImageRejected: Truncated, PixelDecode,
    UnsupportedTransferSyntax, InvalidAttributes, ResourceLimit.
    """
    if isinstance(rendering, str) and rendering not in RENDERINGS:
        raise UnknownName("rendering", rendering, RENDERINGS)
    with warnings.catch_warnings(), dicom_errors():
        warnings.simplefilter("ignore")
        stored = stored_values(image.dataset, number, image.frames)
        pixels, noted = rendered(stored, image.dataset, number, rendering)
    return DicomFrame(number, pixels, (*image.warnings, *noted))


@dataclass(frozen=True, slots=True)
class GreyScale:
    """In which units a grey frame can be windowed: values after the modality transformation.

    lowest, highest: of its pixels (by a modality table: what they can become); window: the stored
    (centre, width), None for a table or none; presets: those of CT_PRESETS that apply.
    """

    lowest: float
    highest: float
    window: tuple[float, float] | None
    presets: tuple[str, ...]


def is_grey(image: DicomImage) -> bool:
    """Whether its values are shown through a window, rather than as colours."""
    dataset = image.dataset
    palette = dataset.get("PhotometricInterpretation") == "PALETTE COLOR"
    return dataset.get("SamplesPerPixel", 1) == 1 and not palette


def grey_scale(image: DicomImage, number: int) -> GreyScale | None:
    """Of frame `number` (from 0), None where it is in colour. Raises as `render_frame` does."""
    dataset = image.dataset
    with warnings.catch_warnings(), dicom_errors():
        warnings.simplefilter("ignore")
        stored = stored_values(dataset, number, image.frames)
        if not is_grey(image):
            return None
        if stored.dtype.kind != "f" and stored.dtype.itemsize <= 2:  # quicker than every pixel
            stored = np.arange(int(stored.min()), int(stored.max()) + 1, dtype=np.int32)
        values = modality_values(stored, dataset, number)
        try:
            view = stored_view(dataset, number)
        except UnusableView:
            view = None
        window = (view.centre, view.width) if isinstance(view, Window) else None
        presets = presets_of(dataset, number)
    return GreyScale(float(values.min()), float(values.max()), window, presets)
