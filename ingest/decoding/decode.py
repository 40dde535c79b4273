"""One file to rendered frames: runs in the decoding process, knows no library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.decoding.archive_reader import ArchiveReader, Stamp
from ingest.decoding.contents import Local, Opened, opened
from ingest.decoding.messages import Decoded, DecodedFrame, Outcome, Rejected, Skipped
from ingest.sources.source import ArchiveMember
from ingest.sources.zip_directory import STARTS, is_document
from radalike.errors import ImageRejected, RejectCode
from radalike.imaging.formats import DICOM_SUFFIXES, HEAD_BYTES, Format, format_of
from radalike.imaging.preparation import prepare
from radalike.imaging.preprocessing import Preprocessing
from radalike.imaging.raster import render_raster
from radalike.imaging.thumbnails import content_hash, dicom_thumbnail, thumbnail
from radalike.imaging.tiles import tiles_of
from radalike.records import Identity, Pixels

if TYPE_CHECKING:
    from radalike.imaging.dicom.image import DicomImage

MAX_FILE_BYTES = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Rereading:
    """How images that are known are read again: nothing is told but their pixels.

    frames: those that are wanted; one that the file does not have is left out. renderings: by which
    a DICOM frame may have been rendered before, for its content hashes. tiles: the grid that each
    frame is cut into; empty: none.
    """

    frames: tuple[int, ...]
    renderings: tuple[str, ...] = ()
    tiles: str = ""


def decode(
    content: Local,
    *,
    dataset: str,
    claims_image: bool,
    preprocessing: Preprocessing,
    frames: int,
    rendering: str = "stored-window",
    withheld: frozenset[str] = frozenset(),
    keep_identity: bool = False,
    archives: ArchiveReader | None = None,
    stamp: Stamp | None = None,
    again: Rereading | None = None,
) -> Outcome:
    """The outcome of one file. Reasons are fixed texts: a file's own words never come out.

    frames: at most so many of a multi-frame image. rendering: of DICOM, one of RENDERINGS.
    withheld: modalities whose thumbnails are not made. archives: keeps an archive open from one
    member to the next. stamp: what a member was when it was listed. keep_identity: send the
    identifiers along. again: read so, what is known but for its pixels.
    """
    data = b""
    try:
        with opened(content, archives or ArchiveReader(), stamp) as file:
            kind = _kind(file, claims_image=claims_image, nested=isinstance(content, ArchiveMember))
            if kind is None:
                return Skipped()
            data = file.read()
        if again is not None and kind is Format.DICOM:
            return _dicom_again(data, preprocessing, rendering, again)
        if kind is Format.RASTER:
            pixels = render_raster(data)
            if again is not None:
                wanted = 0 in again.frames
                read = (_frame_again(0, pixels, preprocessing, again),) if wanted else ()
                return Decoded(read, None, None)
            frame = _frame(0, pixels, (), preprocessing, thumbnail(pixels))
            return Decoded((frame,), None, None)
        return _decode_dicom(
            data,
            dataset=dataset,
            preprocessing=preprocessing,
            frames=frames,
            rendering=rendering,
            withheld=withheld,
            keep_identity=keep_identity,
        )
    except ImageRejected as exc:
        return Rejected(exc.code, str(exc), _whose(data))
    except FileNotFoundError:
        return Rejected(RejectCode.MISSING_FILE, "gone since it was listed")
    except OSError:
        return Rejected(RejectCode.UNREADABLE, "the file cannot be read; check its permissions")
    except (MemoryError, RecursionError):
        reason = "over the limits of a decoder"
        return Rejected(RejectCode.RESOURCE_LIMIT, reason, _whose(data))


def _whose(data: bytes) -> Identity | None:
    """Whom a file that was refused says it is of."""
    if format_of(data[:HEAD_BYTES]) is not Format.DICOM:
        return None
    from radalike.imaging.dicom.refused import claimed_identity

    return claimed_identity(data)


def _decode_dicom(
    data: bytes,
    *,
    dataset: str,
    preprocessing: Preprocessing,
    frames: int,
    rendering: str,
    withheld: frozenset[str],
    keep_identity: bool,
) -> Outcome:
    # Imported by the first DICOM file: a process that decodes JPEG and PNG starts twice as fast.
    from radalike.imaging.dicom.identity import full_identity
    from radalike.imaging.dicom.image import read_dicom, render_frames
    from radalike.imaging.dicom.metadata import dicom_metadata, evidence, identity

    image = read_dicom(data)
    if image is None:
        return Skipped()
    rendered = tuple(
        _frame(
            frame.number,
            frame.pixels,
            frame.warnings,
            preprocessing,
            dicom_thumbnail(frame.pixels, image.dataset, withheld),
        )
        for frame in render_frames(image, frames, rendering)
    )
    said = evidence(image.dataset)
    return Decoded(
        rendered,
        identity(image.dataset),
        dicom_metadata(image.dataset, dataset, said),
        said.as_json(),
        full_identity(image.dataset) if keep_identity else None,
    )


def _dicom_again(
    data: bytes, preprocessing: Preprocessing, rendering: str, again: Rereading
) -> Outcome:
    from radalike.imaging.dicom.image import read_dicom

    image = read_dicom(data)
    if image is None:
        return Skipped()
    return Decoded(tuple(_frames_again(image, preprocessing, rendering, again)), None, None)


def _frames_again(
    image: DicomImage, preprocessing: Preprocessing, rendering: str, again: Rereading
) -> Iterator[DecodedFrame]:
    from radalike.imaging.dicom.image import render_frame

    for number in again.frames:
        if number < image.frames:
            pixels = render_frame(image, number, rendering).pixels
            others = tuple(
                content_hash(render_frame(image, number, other).pixels)
                for other in again.renderings
                if other != rendering
            )
            yield _frame_again(number, pixels, preprocessing, again, others)


def _frame_again(
    number: int,
    pixels: Pixels,
    preprocessing: Preprocessing,
    again: Rereading,
    other_contents: tuple[str, ...] = (),
) -> DecodedFrame:
    height, width = pixels.shape[:2]
    tiles = tiles_of(again.tiles, width, height) if again.tiles else ()
    whole = _frame(number, pixels, (), preprocessing, None)
    return replace(
        whole,
        other_contents=other_contents,
        tiles=tuple((str(tile), prepare(tile.of(pixels), preprocessing)) for tile in tiles),
    )


def _kind(file: Opened, *, claims_image: bool, nested: bool) -> Format | None:
    """What a file is, None when it is no image and never claimed to be one."""
    claims_dicom = claims_image and file.suffix.lower() in DICOM_SUFFIXES
    if file.size == 0 and claims_image:
        code = RejectCode.NOT_DICOM if claims_dicom else RejectCode.EMPTY
        raise ImageRejected(code, "the file is empty")
    if file.size > MAX_FILE_BYTES:
        raise ImageRejected(RejectCode.RESOURCE_LIMIT, "the file is larger than 2 GiB")
    kind = format_of(file.head)
    if kind is None and nested and file.head.startswith(STARTS) and not is_document(file.head):
        raise ImageRejected(
            RejectCode.RESOURCE_LIMIT, "an archive inside an archive; unpack it first"
        )
    if kind is None and claims_dicom:
        raise ImageRejected(RejectCode.NOT_DICOM, "named as DICOM, but its content is none")
    if kind is None and claims_image:
        raise ImageRejected(RejectCode.NOT_AN_IMAGE, "named as an image, but its content is none")
    return kind


def _frame(
    number: int,
    pixels: Pixels,
    warnings: tuple[str, ...],
    preprocessing: Preprocessing,
    picture: bytes | None,
) -> DecodedFrame:
    height, width = pixels.shape[:2]
    return DecodedFrame(
        number,
        content_hash(pixels),
        width,
        height,
        warnings,
        prepare(pixels, preprocessing),
        picture,
    )
