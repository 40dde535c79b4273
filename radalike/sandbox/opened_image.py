"""An image file that has been read, and what can be asked of it: runs in the child, knows no
library. Texts of errors are fixed: a file's own words never come out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from radalike.errors import ImageRejected, RejectCode, UsageError
from radalike.imaging.formats import HEAD_BYTES, Format, format_of
from radalike.imaging.raster import render_raster
from radalike.imaging.renderings import RENDERINGS, check_window
from radalike.imaging.thumbnails import content_hash, shown_part, thumbnail_withheld
from radalike.records import UNKNOWN, Pixels

if TYPE_CHECKING:
    from radalike.imaging.dicom.image import DicomImage

_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")

GreyWindow = tuple[float, float]
"""(centre, width), in values after the modality transformation: of CT, Hounsfield units."""


class OpenedImage(Protocol):
    """frames: how many there are. renderings: the ways to render them."""

    @property
    def frames(self) -> int: ...

    @property
    def renderings(self) -> tuple[str, ...]: ...

    def described(self, withheld: frozenset[str]) -> dict[str, Any]:
        """The fields of `UploadInfo`, as JSON has them; window and values are the middle frame's.
        withheld: modalities that are not shown whole. Raises ImageRejected."""

    def identified(self) -> dict[str, str]:
        """Of a DICOM file, what a patient's pseudonym is made of: issuer, patient and study."""

    def rendered(self, number: int, rendering: str) -> Pixels:
        """Frame `number`. Raises ImageRejected, UnknownName."""

    def windowed(self, number: int, window: GreyWindow) -> Pixels:
        """Frame `number`. Raises ImageRejected, UsageError for a window that it cannot have."""

    def shown(self, pixels: Pixels, withheld: frozenset[str], modality: str) -> Pixels | None:
        """What may be shown of a frame's `pixels`, None for nothing. modality: what it is known
        as, where the file does not say."""


def open_image(data: bytes) -> OpenedImage:
    """Raises ImageRejected."""
    kind = format_of(data[:HEAD_BYTES])
    if kind is Format.RASTER:
        return _Raster(render_raster(data))
    if kind is Format.DICOM:
        from radalike.imaging.dicom.image import read_dicom

        image = read_dicom(data)
        if image is not None:
            return _Dicom(image)
        reason, hint = "it is DICOM, but holds no picture", "give an image of the same study"
    elif data.startswith(_ARCHIVES):
        reason = "it is an archive, no image"
        hint = "give one image of it; `radalike ingest` adds all that a ZIP holds"
    else:
        reason = "the query is no image" if data else "the file is empty"
        hint = "give a PNG, JPEG, WebP, TIFF, BMP, GIF or DICOM file, or an id"
    raise ImageRejected(RejectCode.NOT_AN_IMAGE if data else RejectCode.EMPTY, reason, hint=hint)


def frame_of(
    image: OpenedImage, frame: int | None, rendering: str, window: GreyWindow | None = None
) -> Pixels:
    """Frame `frame` (from 0; None: the middle one) by `window`, or where that is None by
    `rendering`. Raises ImageRejected, UnknownName, UsageError for what it does not have."""
    if frame is not None and not 0 <= frame < image.frames:
        last = image.frames - 1
        has = f"{image.frames} frames, numbered 0 to {last}" if last else "one frame, number 0"
        raise UsageError(f"there is no frame {frame} in the query", hint=f"it has {has}")
    number = image.frames // 2 if frame is None else frame
    return image.rendered(number, rendering) if window is None else image.windowed(number, window)


def same_frame(
    image: OpenedImage, frame: int, rendering: str, content: str | None
) -> Pixels | None:
    """Frame `frame` by `rendering`, None unless by any rendering its content hash is `content`
    (None: nobody knows it). Raises ImageRejected, UsageError."""
    for way in (rendering, *(each for each in image.renderings if each != rendering)):
        pixels = frame_of(image, frame, way)
        if content in (None, content_hash(pixels)):
            return pixels if way == rendering else frame_of(image, frame, rendering)
    return None


@dataclass(frozen=True, slots=True)
class _Raster:
    pixels: Pixels
    frames: int = 1
    renderings: tuple[str, ...] = ()

    def described(self, withheld: frozenset[str]) -> dict[str, Any]:
        height, width = self.pixels.shape[:2]
        return {
            "kind": Format.RASTER,
            "frames": 1,
            "width": width,
            "height": height,
            "modality": UNKNOWN,
            "anatomy": UNKNOWN,
        }

    def identified(self) -> dict[str, str]:
        return {}

    def rendered(self, number: int, rendering: str) -> Pixels:
        return self.pixels

    def windowed(self, number: int, window: GreyWindow) -> Pixels:
        raise _no_window()

    def shown(self, pixels: Pixels, withheld: frozenset[str], modality: str) -> Pixels | None:
        return None if modality in withheld else pixels


@dataclass(frozen=True, slots=True)
class _Dicom:
    image: DicomImage
    renderings: tuple[str, ...] = RENDERINGS

    @property
    def frames(self) -> int:
        return self.image.frames

    def described(self, withheld: frozenset[str]) -> dict[str, Any]:
        from radalike.imaging.dicom.image import grey_scale
        from radalike.imaging.dicom.metadata import evidence
        from radalike.vocabulary import terms_of

        dataset = self.image.dataset
        grey = grey_scale(self.image, self.frames // 2)
        terms = terms_of(evidence(dataset))
        return {
            "kind": Format.DICOM,
            "frames": self.frames,
            "width": int(dataset.Columns),
            "height": int(dataset.Rows),
            "modality": terms.modality.value,
            "anatomy": terms.anatomy.value,
            "window": grey.window if grey else None,
            "values": (grey.lowest, grey.highest) if grey else None,
            "presets": grey.presets if grey else (),
            "withheld": thumbnail_withheld(dataset, withheld),
        }

    def identified(self) -> dict[str, str]:
        from radalike.imaging.dicom.metadata import identity

        own = identity(self.image.dataset)
        return {"issuer": own.issuer, "patient": own.patient, "study": own.study}

    def rendered(self, number: int, rendering: str) -> Pixels:
        from radalike.imaging.dicom.image import render_frame

        return render_frame(self.image, number, rendering).pixels

    def windowed(self, number: int, window: GreyWindow) -> Pixels:
        from radalike.imaging.dicom.image import is_grey, render_frame
        from radalike.imaging.dicom.views import Window

        check_window(*window)
        if not is_grey(self.image):
            raise _no_window()
        return render_frame(self.image, number, Window(*window)).pixels

    def shown(self, pixels: Pixels, withheld: frozenset[str], modality: str) -> Pixels | None:
        return shown_part(pixels, self.image.dataset, withheld)


def _no_window() -> UsageError:
    return UsageError("a window is for grey DICOM images", hint="leave it out")
