"""Pictures of every kind as queries: each has the right vector, or a clear error."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from radalike.encoders.base import Encoder
from radalike.errors import ImageRejected
from radalike.library import Library
from radalike.library.search.queries import query_vector
from radalike.records import Pixels
from tests.radalike.library.original_files import png
from tests.radalike.pictures import picture


def colour() -> Pixels:
    grey = picture("US", 4)
    return np.stack([grey, np.roll(grey, 5, axis=0), 255 - grey], axis=2)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def on_black() -> Pixels:
    """`colour` with its left half transparent."""
    pixels = colour()
    pixels[:, :40] = 0
    return pixels


def transparent() -> Image.Image:
    alpha = np.full((96, 80), 255, np.uint8)
    alpha[:, :40] = 0
    return Image.fromarray(np.dstack([colour(), alpha]), "RGBA")


def animation() -> list[Image.Image]:
    return [Image.fromarray(picture("US", number)) for number in (4, 5, 6)]


GREY, TINY = picture("US", 4), np.full((1, 1), 77, np.uint8)
KINDS: dict[str, tuple[bytes, Pixels]] = {
    "grey": (png(GREY), GREY),
    "grey as three equal channels": (png(np.dstack([GREY] * 3)), GREY),
    "black and white": (
        saved(Image.fromarray(GREY > 60), "PNG"),
        np.where(GREY > 60, 255, 0).astype(np.uint8),
    ),
    "colour": (png(colour()), colour()),
    "16 bits": (saved(Image.fromarray(GREY.astype(np.uint16) * 257), "PNG"), GREY),
    "16 bits, TIFF": (saved(Image.fromarray(GREY.astype(np.uint16) * 257), "TIFF"), GREY),
    "RGBA": (saved(transparent(), "PNG"), on_black()),
    "grey and alpha": (saved(Image.fromarray(GREY).convert("LA"), "PNG"), GREY),
    "palette": (saved(Image.fromarray(GREY).convert("P"), "PNG"), GREY),
    "animated GIF": (
        saved(animation()[0], "GIF", save_all=True, append_images=animation()[1:]),
        GREY,
    ),
    "animated WebP": (
        saved(animation()[0], "WEBP", save_all=True, append_images=animation()[1:], lossless=True),
        GREY,
    ),
    "1 x 1": (png(TINY), TINY),
    "smaller than a patch": (png(GREY[40:47, 30:35]), np.ascontiguousarray(GREY[40:47, 30:35])),
    "one row": (png(GREY[40:41]), np.ascontiguousarray(GREY[40:41])),
}


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_of_every_kind_have_the_right_vector(
    kind: str, library: Library, encoder: Encoder, tmp_path: Path
) -> None:
    data, pixels = KINDS[kind]
    path = tmp_path / "query"
    path.write_bytes(data)
    found = library.search(path, 5, exact=True).hits
    expected = library.search(encoder.encode([pixels])[0], 5, exact=True).hits
    assert [hit.id for hit in found] == [hit.id for hit in expected]
    assert [hit.score for hit in found] == pytest.approx([hit.score for hit in expected], abs=1e-6)
    if pixels is GREY:
        assert found[0].id == list(library.metadata())[4]
        assert found[0].score == pytest.approx(1, abs=1e-3)


def test_cmyk(library: Library, encoder: Encoder, tmp_path: Path) -> None:
    """A JPEG loses a little; a channel that was mixed up would lose more."""
    pixels = np.full((96, 80, 3), 30, np.uint8)
    pixels[20:70, 10:40] = (250, 120, 10)
    path = tmp_path / "query.jpg"
    path.write_bytes(saved(Image.fromarray(pixels).convert("CMYK"), "JPEG", quality=95))
    vector, _ = query_vector(library, path)
    right, inverted = encoder.encode([pixels, 255 - pixels])
    assert vector @ right > 0.98
    assert vector @ inverted < 0.9


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a", png(GREY)[:200], b"RIFF\0\0\0\0WEBP", saved(Image.new("L", (8, 8)), "PPM")],
)
def test_what_is_no_picture_is_a_clear_error(data: bytes, library: Library, tmp_path: Path) -> None:
    path = tmp_path / "query"
    path.write_bytes(data)
    with pytest.raises(ImageRejected) as caught:
        library.search(path)
    assert caught.value.exit_code == 2
    assert str(caught.value)
