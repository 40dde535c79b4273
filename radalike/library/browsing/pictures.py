"""Pictures of images of the library, for looking at one: from the original where it still is."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from radalike.errors import ImageRejected, UsageError
from radalike.library.originals.rereading import read_original
from radalike.library.search.uploads import sought
from radalike.records import ImageRecord

if TYPE_CHECKING:
    from radalike.library.readable_library import ReadableLibrary


@dataclass(frozen=True, slots=True)
class Picture:
    """data: JPEG without metadata; width, height: its pixels. whole: whether it shows all of the
    image, from its original; else it shows what the thumbnail does."""

    data: bytes
    width: int
    height: int
    whole: bool


def picture_of(
    library: ReadableLibrary, record: ImageRecord, longest: int, root: Path | None
) -> Picture | None:
    made = _from_original(library, record, longest, root)
    if made is not None:
        return _picture(*made)
    kept = library.thumbnail(record)
    return _picture(kept, whole=False) if kept is not None else None


def _from_original(
    library: ReadableLibrary, record: ImageRecord, longest: int, root: Path | None
) -> tuple[bytes, bool] | None:
    try:
        data = read_original(library, record, root)
        return library.decoder.picture(data, sought(record), library.spec.rendering, longest)
    except (UsageError, ImageRejected):  # gone, moved, or another file by now: the thumbnail serves
        return None


def _picture(data: bytes, whole: bool) -> Picture:
    from PIL import Image

    with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
        return Picture(data, image.width, image.height, whole)
