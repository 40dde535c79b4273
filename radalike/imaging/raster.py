"""Decoding of PNG, JPEG, WebP, TIFF, BMP and GIF into 8-bit pixels, with Pillow."""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from radalike.errors import ImageRejected, RejectCode
from radalike.records import Pixels

_ORIENTATION = 0x0112
MAX_FRAME_BYTES = 256 * 1024 * 1024
"""The largest frame that is decoded, in bytes of 8-bit output."""


def render_raster(data: bytes) -> Pixels:
    """The (first) picture in `data`: uint8, (h, w) when it is grey, else (h, w, 3).

    16-bit grey is scaled by 1/257, transparency is laid on black; it stands as its EXIF
    orientation says.
    Raises ImageRejected: NotAnImage, ResourceLimit, Truncated, PixelDecode.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large pictures: the limit is ours
            with Image.open(io.BytesIO(data)) as image:
                check_size(image.width, image.height, samples=len(image.getbands()))
                return _to_eight_bits(_upright(image))
    except UnidentifiedImageError as exc:
        raise ImageRejected(RejectCode.NOT_AN_IMAGE, "no known image format") from exc
    except Image.DecompressionBombError as exc:
        raise ImageRejected(RejectCode.RESOURCE_LIMIT, "too many pixels") from exc
    except (OSError, SyntaxError, ValueError, EOFError) as exc:
        cut = "truncated" in str(exc).lower() or isinstance(exc, EOFError)
        code = RejectCode.TRUNCATED if cut else RejectCode.PIXEL_DECODE
        raise ImageRejected(code, "the picture ends early" if cut else "broken pixels") from exc


def _upright(image: Image.Image) -> Image.Image:
    """As viewers show it (EXIF 2.32, Orientation); Pillow itself does so for TIFF only."""
    try:
        turned = image.getexif().get(_ORIENTATION, 1) != 1
    except Exception:  # noqa: BLE001 - EXIF that is broken raises anything, and says nothing
        return image
    return ImageOps.exif_transpose(image) if turned else image


def check_size(width: int, height: int, *, samples: int) -> None:
    """Refuse a frame of more than MAX_FRAME_BYTES before anything is decoded."""
    if width * height * samples > MAX_FRAME_BYTES:
        raise ImageRejected(
            RejectCode.RESOURCE_LIMIT, "the frame is over the size limit", limit=MAX_FRAME_BYTES
        )


def _to_eight_bits(image: Image.Image) -> Pixels:
    mode = image.mode
    if mode in ("L", "1"):
        return np.asarray(image.convert("L"))
    if mode.startswith("I;16"):
        return (np.asarray(image).astype(np.uint16) // 257).astype(np.uint8)
    if mode in ("I", "F"):
        return _stretched(np.asarray(image, dtype=np.float64))
    if mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, (0, 0, 0, 255)), image)
        return grey_if_equal(np.asarray(image.convert("RGB")))
    return grey_if_equal(np.asarray(image.convert("RGB")))


def grey_if_equal(pixels: Pixels) -> Pixels:
    """A colour picture whose three channels are the same, as grey."""
    red = pixels[..., 0]
    if np.array_equal(red, pixels[..., 1]) and np.array_equal(red, pixels[..., 2]):
        return np.ascontiguousarray(red)
    return pixels


def _stretched(values: np.ndarray) -> Pixels:
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        raise ImageRejected(RejectCode.INVALID_ATTRIBUTES, "pixel values are not finite")
    if high <= low:
        return np.zeros(values.shape, dtype=np.uint8)
    return np.round((values - low) * (255 / (high - low))).astype(np.uint8)
