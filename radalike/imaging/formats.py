"""What a file is, told by its content and never by its name."""

from __future__ import annotations

from enum import StrEnum

HEAD_BYTES = 512
"""How much of a file's beginning `format_of` wants to see."""


class Format(StrEnum):
    DICOM = "dicom"
    RASTER = "raster"


_RASTER_MAGIC: tuple[bytes, ...] = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"II*\x00",
    b"MM\x00*",
)

RASTER_SUFFIXES = frozenset(".png .jpg .jpeg .webp .bmp .gif .tif .tiff".split())
DICOM_SUFFIXES = frozenset(".dcm .dicom .ima".split())


def format_of(head: bytes) -> Format | None:
    """The format whose signature `head` (a file's first HEAD_BYTES) carries, None for none.

    A DICOM file without the 128-byte preamble (PS3.10 7.1) is told by a first element of group
    0002 or 0008 with a plausible length.
    """
    if head[128:132] == b"DICM":
        return Format.DICOM
    if head.startswith(_RASTER_MAGIC) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return Format.RASTER
    if head[:2] == b"BM" and head[6:10] == b"\x00\x00\x00\x00":
        return Format.RASTER
    return Format.DICOM if _bare_dicom(head) else None


def claims_image(suffix: str) -> bool:
    """Whether a file name's suffix promises an image: such a file is rejected, not skipped,
    when its content is none."""
    return suffix.lower() in RASTER_SUFFIXES | DICOM_SUFFIXES


def _bare_dicom(head: bytes) -> bool:
    if len(head) < 16:
        return False
    for order in ("little", "big"):
        group = int.from_bytes(head[0:2], order)
        if group not in (0x0002, 0x0008) or head[2:4] == b"\xff\xff":
            continue
        if head[4:6].isalpha() and head[4:6].isupper():
            return True
        length = int.from_bytes(head[4:8], order)
        if length <= 256 and int.from_bytes(head[2:4], order) <= 0x0100:
            return True
    return False
