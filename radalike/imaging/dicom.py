"""Reading and rendering of DICOM with pydicom's own functions.

What leaves this module is an allow-list (DicomImage): named attributes are copied out, nothing is
cleaned. The identifiers among them are turned into pseudonyms before anything is stored.
Rendering follows the order of PS3.4 N.2: modality LUT, VOI LUT or window, presentation shape.
"""

from __future__ import annotations

import io
import logging
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi_lut
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID

from radalike.errors import ImageRejected, RejectCode
from radalike.imaging.raster import check_size
from radalike.records import Pixels
from radalike.vocabulary import NOT_IMAGES

PERCENTILES = (0.5, 99.5)
"""Grey values that become black and white where a file has no usable window."""


@dataclass(frozen=True, slots=True)
class DicomFrame:
    number: int
    pixels: Pixels
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DicomImage:
    """An image instance: the dataset it was read from and its number of frames."""

    dataset: Dataset
    frames: int
    warnings: tuple[str, ...]


@contextmanager
def _dicom_errors() -> Iterator[None]:
    """What pydicom raises, as ImageRejected; messages of files are never passed on."""
    try:
        yield
    except ImageRejected:
        raise
    except InvalidDicomError as exc:
        raise ImageRejected(RejectCode.NOT_AN_IMAGE, "not DICOM") from exc
    except (EOFError, struct.error, BytesLengthException) as exc:
        raise ImageRejected(RejectCode.TRUNCATED, "the dataset ends early") from exc
    except (MemoryError, RecursionError) as exc:
        raise ImageRejected(RejectCode.RESOURCE_LIMIT, "over the decoder's limits") from exc
    except NotImplementedError as exc:
        raise ImageRejected(
            RejectCode.UNSUPPORTED_TRANSFER_SYNTAX, "no decoder for its transfer syntax"
        ) from exc
    except (AttributeError, TypeError, OverflowError, KeyError) as exc:
        raise ImageRejected(
            RejectCode.INVALID_ATTRIBUTES, "attributes missing or contradictory"
        ) from exc
    except ValueError as exc:
        cut = "less than expected" in str(exc) or "bytes" in str(exc)
        code = RejectCode.TRUNCATED if cut else RejectCode.INVALID_ATTRIBUTES
        raise ImageRejected(code, "pixel data and attributes do not agree") from exc
    except Exception as exc:
        missing = str(exc).startswith("Unable to decompress")  # no plug-in; else they all failed
        code = RejectCode.UNSUPPORTED_TRANSFER_SYNTAX if missing else RejectCode.PIXEL_DECODE
        raise ImageRejected(code, "the pixel data cannot be decoded") from exc


def read_dicom(data: bytes) -> DicomImage | None:
    """The image in `data`, None when it is DICOM but no picture (SR, SEG, RTPLAN, DICOMDIR …).

    Raises ImageRejected: NotAnImage, Truncated, InvalidAttributes, ResourceLimit.
    """
    # The library logs the values it warns about: they must reach no handler.
    logging.getLogger("pydicom").disabled = True
    with warnings.catch_warnings(record=True) as caught, _dicom_errors():
        warnings.simplefilter("always")
        dataset = pydicom.dcmread(io.BytesIO(data), force=True)
        if str(dataset.get("Modality", "")).upper() in NOT_IMAGES:
            return None
        if not any(name in dataset for name in ("PixelData", "FloatPixelData")):
            if _should_have_pixels(dataset):
                raise ImageRejected(RejectCode.TRUNCATED, "there is no pixel data")
            return None
        frames = _checked_shape(dataset)
    return DicomImage(dataset, frames, ("irregular-header",) if caught else ())


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


def _checked_shape(dataset: Dataset) -> int:
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    frames = int(dataset.get("NumberOfFrames") or 1)
    stored, allocated = int(dataset.get("BitsStored", 8)), int(dataset.get("BitsAllocated", 8))
    if rows < 1 or columns < 1 or frames < 1 or stored > allocated or stored < 1:
        raise ImageRejected(RejectCode.INVALID_ATTRIBUTES, "impossible image dimensions")
    samples = int(dataset.get("SamplesPerPixel", 1)) * max(1, allocated // 8)
    check_size(columns, rows, samples=samples)
    return frames


def sampled_frames(total: int, most: int) -> list[int]:
    """At most `most` frame numbers of `total`, evenly spread, the first and last among them."""
    if total <= most:
        return list(range(total))
    return [int(number) for number in np.linspace(0, total - 1, most).round()]


def render_frames(
    image: DicomImage, most: int, rendering: str = "stored-window"
) -> Iterator[DicomFrame]:
    """At most `most` frames of `image`, rendered to 8 bits.

    Raises ImageRejected: Truncated, PixelDecode, UnsupportedTransferSyntax, InvalidAttributes.
    """
    for number in sampled_frames(image.frames, most):
        yield render_frame(image, number, rendering)


def render_frame(image: DicomImage, number: int, rendering: str = "stored-window") -> DicomFrame:
    """Frame `number` (from 0) of `image`. Raises ImageRejected as `render_frames` does."""
    with warnings.catch_warnings(record=True), _dicom_errors():
        warnings.simplefilter("always")
        pixels, noted = _render(image.dataset, number)
    return DicomFrame(number, pixels, (*image.warnings, *noted))


def _render(dataset: Dataset, number: int) -> tuple[Pixels, tuple[str, ...]]:
    stored = pixel_array(dataset, index=number)
    interpretation = str(dataset.get("PhotometricInterpretation", "MONOCHROME2"))
    if stored.ndim == 3:
        return _scaled(stored, 0, _stored_maximum(dataset)), ()
    if interpretation == "PALETTE COLOR":
        coloured = apply_color_lut(stored, dataset)
        return _scaled(coloured, 0, np.iinfo(coloured.dtype).max), ()
    values = np.asarray(apply_modality_lut(stored, dataset))
    if not np.isfinite(values).all():
        raise ImageRejected(RejectCode.INVALID_ATTRIBUTES, "pixel values are not finite")
    noted: tuple[str, ...] = ()
    try:
        low, high, values = _windowed(values, dataset)
    except (ValueError, TypeError, NotImplementedError, AttributeError, IndexError):
        low, high = (float(value) for value in np.percentile(values, PERCENTILES))
        noted = ("percentile-window",)
    pixels = _scaled(values, low, high)
    inverse = str(dataset.get("PresentationLUTShape", "")) == "INVERSE"
    if interpretation == "MONOCHROME1" or inverse:
        pixels = np.asarray(255 - pixels, dtype=np.uint8)
    return pixels, noted


def _windowed(values: npt.NDArray[Any], dataset: Dataset) -> tuple[float, float, npt.NDArray[Any]]:
    """The first VOI view of `values` with its theoretical output range (PS3.3 C.11.2)."""
    if dataset.get("VOILUTSequence"):
        viewed = apply_voi_lut(values, dataset, index=0)
        bits = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
        return 0.0, float(2**bits - 1), viewed
    if dataset.get("WindowCenter") is None or dataset.get("WindowWidth") is None:
        raise ValueError("no window")
    viewed = apply_voi_lut(values, dataset, index=0)
    stored = int(dataset.BitsStored)
    if int(dataset.PixelRepresentation):
        low, high = float(-(2 ** (stored - 1))), float(2 ** (stored - 1) - 1)
    else:
        low, high = 0.0, float(2**stored - 1)
    if "ModalityLUTSequence" in dataset:
        low, high = 0.0, float(2 ** int(dataset.ModalityLUTSequence[0].LUTDescriptor[2]) - 1)
    elif "RescaleSlope" in dataset:
        slope, intercept = float(dataset.RescaleSlope), float(dataset.RescaleIntercept)
        # Not sorted: a falling slope turns the grey scale round.
        low, high = low * slope + intercept, high * slope + intercept
    return low, high, viewed


def _stored_maximum(dataset: Dataset) -> int:
    return int(2 ** int(dataset.BitsStored) - 1)


def _scaled(values: npt.NDArray[Any], low: float, high: float) -> Pixels:
    """`values` from [low, high] to [0, 255], rounded; black where the range is empty."""
    if not np.isfinite([low, high]).all():
        raise ImageRejected(RejectCode.INVALID_ATTRIBUTES, "pixel values are not finite")
    if high == low:
        return np.zeros(values.shape, dtype=np.uint8)
    if values.dtype == np.uint8 and (low, high) == (0, 255):
        return np.ascontiguousarray(values)
    unit = (values.astype(np.float64) - low) * (255.0 / (high - low))
    return np.clip(np.rint(unit), 0, 255).astype(np.uint8)
