"""Thumbnails: small WebP pictures, stored under the hash of the pixels they show."""

from __future__ import annotations

import hashlib
import io

import numpy as np
from PIL import Image

from radalike.records import Pixels

LONGEST_SIDE = 192


def content_hash(pixels: Pixels) -> str:
    """SHA-256 (hex) over shape and pixels: equal exactly when two images look the same."""
    digest = hashlib.sha256(repr(pixels.shape).encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()


def thumbnail(pixels: Pixels) -> bytes:
    """`pixels` as WebP, at most LONGEST_SIDE pixels on the longer side, without metadata."""
    image = Image.fromarray(pixels)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=80, method=0)
    return buffer.getvalue()
