"""Thumbnails: small JPEG pictures, stored under the hash of the pixels they show.

JPEG and not WebP: of the same size in bytes, WebP at its fastest took eight times as long (1.5 ms
against 0.2 ms at 256 px), twice as long as decoding and rendering the image.

A frame can show a name in its pixels. Where that is usual, no thumbnail is kept; of an
ultrasound frame that says where its picture is, that region alone.
"""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from radalike.records import Pixels

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

LONGEST_SIDE = 256
MOST_BYTES = 15_000
"""What a thumbnail may take, so that a page of them is there at once."""

_QUALITIES = (85, 75, 65, 55, 45, 35, 25, 15, 10, 5)

_KINDS: tuple[tuple[str, str], ...] = (
    ("1.2.840.10008.5.1.4.1.1.7", "SC"),
    ("1.2.840.10008.5.1.4.1.1.6", "US"),
    ("1.2.840.10008.5.1.4.1.1.3", "US"),
    ("1.2.840.10008.5.1.4.1.1.12.1", "XA"),
    ("1.2.840.10008.5.1.4.1.1.12.2", "XA"),  # RF: the same machines burn in the same texts
)
"""Storage classes (PS3.4 B.5), each with those below it, and what they are withheld as."""

_CORNERS = ("MinX0", "MinY0", "MaxX1", "MaxY1")


def content_hash(pixels: Pixels) -> str:
    """SHA-256 (hex) over shape and pixels: equal exactly when two images look the same."""
    digest = hashlib.sha256(repr(pixels.shape).encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()


def thumbnail(pixels: Pixels) -> bytes:
    """`pixels` as JPEG, at most LONGEST_SIDE pixels on the longer side, without metadata; of a
    quality that makes it MOST_BYTES at most: of a real image 85 or 75, of noise 10."""
    image = _within(pixels, LONGEST_SIDE)
    for quality in _QUALITIES:
        data = _jpeg(image, quality)
        if len(data) <= MOST_BYTES:
            break
    return data


def picture(pixels: Pixels, longest: int) -> bytes:
    """`pixels` as JPEG, at most `longest` pixels on the longer side, without metadata."""
    return _jpeg(_within(pixels, longest), _QUALITIES[0])


def _within(pixels: Pixels, longest: int) -> Image.Image:
    image = Image.fromarray(pixels)
    image.thumbnail((longest, longest), Image.Resampling.BILINEAR, reducing_gap=1.0)
    return image


def _jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def dicom_thumbnail(pixels: Pixels, dataset: Dataset, modalities: frozenset[str]) -> bytes | None:
    """The thumbnail of a frame of `dataset`: of what may be shown of it, None for nothing."""
    shown = shown_part(pixels, dataset, modalities)
    return None if shown is None else thumbnail(shown)


def shown_part(pixels: Pixels, dataset: Dataset, modalities: frozenset[str]) -> Pixels | None:
    """What may be shown of a frame of `dataset`: all of it; where it is withheld the picture's
    region alone, if the frame says which that is, else None."""
    if not thumbnail_withheld(dataset, modalities):
        return pixels
    region = None if _burned_in(dataset) else region_of_interest(dataset)
    if region is None:
        return None
    left, top, right, bottom = region
    return np.ascontiguousarray(pixels[top:bottom, left:right])


def thumbnail_withheld(dataset: Dataset, modalities: frozenset[str]) -> bool:
    """Whether a whole frame of `dataset` must not be shown small.

    modalities: those that are withheld, of US, SC (secondary capture), XA and OT (also what says
    no modality). BurnedInAnnotation (PS3.3 C.7.6.1) YES withholds any image; NO frees none, since
    it is not to be relied on.
    """
    return _burned_in(dataset) or not modalities.isdisjoint(_kinds(dataset))


def region_of_interest(dataset: Dataset) -> tuple[int, int, int, int] | None:
    """(x0, y0, x1, y1) of the largest ultrasound region, x1 and y1 one past its last pixel.

    None where no region is given (PS3.3 C.8.5.5), none fits into the frame, or it is all of the
    frame, which keeps the texts around the picture in.
    """
    from radalike.imaging.dicom.attributes import items, numbers

    rows, columns = (max(numbers(dataset, name), default=0) for name in ("Rows", "Columns"))
    corners = [
        [number for name in _CORNERS for number in numbers(item, f"RegionLocation{name}")]
        for item in items(dataset, "SequenceOfUltrasoundRegions")
    ]
    boxes = [
        (int(left), int(top), int(right) + 1, int(bottom) + 1)
        for left, top, right, bottom in (box for box in corners if len(box) == len(_CORNERS))
    ]
    inside = [
        box
        for box in boxes
        if 0 <= box[0] < box[2] <= columns
        and 0 <= box[1] < box[3] <= rows
        and box != (0, 0, columns, rows)
    ]
    return max(inside, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]), default=None)


def _burned_in(dataset: Dataset) -> bool:
    return _word(dataset, "BurnedInAnnotation") == "YES"


def _kinds(dataset: Dataset) -> set[str]:
    """What the image is withheld as: its modality's code, and its storage class's."""
    modality = _word(dataset, "Modality") or "OT"
    sop_class = _word(dataset, "SOPClassUID")
    of_class = (name for uid, name in _KINDS if f"{sop_class}.".startswith(f"{uid}."))
    return {{"IVUS": "US", "RF": "XA"}.get(modality, modality), *of_class}


def _word(dataset: Dataset, keyword: str) -> str:
    from radalike.imaging.dicom.attributes import text

    return text(dataset, keyword).upper()
