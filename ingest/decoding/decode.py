"""One file to rendered frames: runs in the decoding process, knows no library."""

from __future__ import annotations

from pathlib import Path

from ingest.decoding.messages import Decoded, DecodedFrame, Outcome, Rejected, Skipped
from radalike.errors import ImageRejected, RejectCode
from radalike.imaging.dicom import read_dicom, render_frames
from radalike.imaging.dicom_metadata import dicom_metadata, identity
from radalike.imaging.formats import HEAD_BYTES, Format, format_of
from radalike.imaging.preprocessing import Preprocessing, prepare
from radalike.imaging.raster import render_raster
from radalike.imaging.thumbnails import content_hash, thumbnail
from radalike.records import Pixels

MAX_FILE_BYTES = 2 * 1024**3


def decode(
    content: Path | bytes,
    *,
    dataset: str,
    claims_image: bool,
    preprocessing: Preprocessing,
    frames: int,
) -> Outcome:
    """The outcome of one file. Reasons are fixed texts: a file's own words never come out."""
    try:
        if isinstance(content, Path):
            kind = _peek(content, claims_image=claims_image)
            if kind is None:
                return Skipped()
            data = content.read_bytes()
        else:
            data, kind = content, _known(format_of(content[:HEAD_BYTES]), claims_image)
            if kind is None:
                return Skipped()
        if kind is Format.RASTER:
            return Decoded((_frame(0, render_raster(data), (), preprocessing),), None, None)
        image = read_dicom(data)
        if image is None:
            return Skipped()
        rendered = tuple(
            _frame(frame.number, frame.pixels, frame.warnings, preprocessing)
            for frame in render_frames(image, frames)
        )
        return Decoded(rendered, identity(image.dataset), dicom_metadata(image.dataset, dataset))
    except ImageRejected as exc:
        return Rejected(exc.code, str(exc))
    except FileNotFoundError:
        return Rejected(RejectCode.MISSING_FILE, "gone since it was listed")
    except OSError:
        return Rejected(RejectCode.UNREADABLE, "the file cannot be read; check its permissions")
    except MemoryError:
        return Rejected(RejectCode.RESOURCE_LIMIT, "over the memory limit of a decoder")


def _peek(path: Path, *, claims_image: bool) -> Format | None:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        size = file.seek(0, 2)
    if size == 0 and claims_image:
        raise ImageRejected(RejectCode.EMPTY, "the file is empty")
    if size > MAX_FILE_BYTES:
        raise ImageRejected(RejectCode.RESOURCE_LIMIT, "the file is larger than 2 GiB")
    return _known(format_of(head), claims_image)


def _known(kind: Format | None, claims_image: bool) -> Format | None:
    if kind is None and claims_image:
        raise ImageRejected(RejectCode.NOT_AN_IMAGE, "named as an image, but its content is none")
    return kind


def _frame(
    number: int, pixels: Pixels, warnings: tuple[str, ...], preprocessing: Preprocessing
) -> DecodedFrame:
    height, width = pixels.shape[:2]
    return DecodedFrame(
        number,
        content_hash(pixels),
        width,
        height,
        warnings,
        prepare(pixels, preprocessing),
        thumbnail(pixels),
    )
