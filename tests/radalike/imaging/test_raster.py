"""Every mode of picture file comes out as 8-bit pixels, or is rejected with a code."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from radalike.errors import ImageRejected, RejectCode
from radalike.imaging import raster
from radalike.imaging.raster import check_size, render_raster

GREY = np.arange(48, dtype=np.uint8).reshape(6, 8) * 5
COLOUR = np.stack([GREY, 255 - GREY, np.full_like(GREY, 9)], axis=-1)
NOISE = np.random.default_rng(0).integers(0, 256, (64, 48), dtype=np.uint8)


def saved(picture: Image.Image | npt.NDArray[Any], kind: str = "PNG", **options: Any) -> bytes:
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "GIF"])
def test_grey_is_kept_as_it_is(kind: str) -> None:
    pixels = render_raster(saved(GREY, kind))
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, GREY)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_colour_is_kept_as_it_is(kind: str) -> None:
    np.testing.assert_array_equal(render_raster(saved(COLOUR, kind)), COLOUR)


@pytest.mark.parametrize(("kind", "options"), [("JPEG", {"quality": 95}), ("WEBP", {})])
def test_lossy_kinds_come_close(kind: str, options: dict[str, int]) -> None:
    smooth = np.repeat(np.arange(0, 256, 4, dtype=np.uint8)[None, :], 64, axis=0)
    difference = render_raster(saved(np.stack([smooth] * 3, -1), kind, **options)).astype(int)
    expected = smooth if difference.ndim == 2 else smooth[..., None]
    assert np.abs(difference - expected).max() <= 6


def test_a_bitmap_is_black_and_white() -> None:
    image = Image.fromarray(GREY > 100)
    assert image.mode == "1"
    np.testing.assert_array_equal(render_raster(saved(image)), (GREY > 100) * np.uint8(255))


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_to_eight(kind: str) -> None:
    deep = np.array([[0, 256, 257, 32_896, 65_279, 65_535]], dtype=np.uint16)
    pixels = render_raster(saved(deep, kind))
    np.testing.assert_array_equal(pixels, [[0, 0, 1, 128, 254, 255]])


def test_sixteen_bits_of_the_other_byte_order() -> None:
    deep = np.array([[0, 257, 65_535]], dtype=np.uint16)
    image = Image.frombytes("I;16B", (3, 1), deep.astype(">u2").tobytes())
    np.testing.assert_array_equal(render_raster(saved(image, "TIFF")), [[0, 1, 255]])


def test_floating_point_is_stretched() -> None:
    values = np.array([[-1.0, 0.0, 3.0]], dtype=np.float32)
    np.testing.assert_array_equal(render_raster(saved(values, "TIFF")), [[0, 64, 255]])
    flat = np.full((2, 2), 7.5, dtype=np.float32)
    np.testing.assert_array_equal(render_raster(saved(flat, "TIFF")), np.zeros((2, 2)))


def test_values_that_are_not_finite_are_rejected() -> None:
    with pytest.raises(ImageRejected) as caught:
        render_raster(saved(np.array([[0, np.nan]], dtype=np.float32), "TIFF"))
    assert caught.value.code is RejectCode.INVALID_ATTRIBUTES


def test_transparency_is_laid_on_black() -> None:
    alpha = np.full_like(GREY, 255)
    alpha[0] = 0
    pixels = render_raster(saved(np.dstack([COLOUR, alpha])))
    np.testing.assert_array_equal(pixels[1:], COLOUR[1:])
    assert not pixels[0].any()


def test_half_transparent_is_half_as_bright() -> None:
    half = np.dstack([np.full((2, 2, 3), 200, np.uint8), np.full((2, 2), 128, np.uint8)])
    np.testing.assert_allclose(render_raster(saved(half)), 100, atol=1)


def test_grey_with_transparency_is_grey() -> None:
    both = np.dstack([GREY, np.full_like(GREY, 255)])
    np.testing.assert_array_equal(render_raster(saved(both)), GREY)


def test_a_palette_is_looked_up() -> None:
    image = Image.fromarray(COLOUR).quantize(16)
    np.testing.assert_array_equal(render_raster(saved(image)), np.asarray(image.convert("RGB")))


def test_a_grey_palette_is_grey() -> None:
    image = Image.fromarray(GREY).convert("P")
    np.testing.assert_array_equal(render_raster(saved(image)), GREY)


def test_a_transparent_palette_entry_is_black() -> None:
    image = Image.new("P", (2, 1), 0)
    image.putpalette([250, 10, 10, 10, 250, 10])
    image.putpixel((1, 0), 1)
    pixels = render_raster(saved(image, transparency=0))
    np.testing.assert_array_equal(pixels, [[[0, 0, 0], [10, 250, 10]]])


def test_cmyk_becomes_rgb() -> None:
    image = Image.fromarray(np.full((16, 16, 3), (200, 40, 90), np.uint8)).convert("CMYK")
    pixels = render_raster(saved(image, "JPEG", quality=95))
    assert pixels.shape == (16, 16, 3)
    np.testing.assert_allclose(pixels.mean((0, 1)), (200, 40, 90), atol=4)


def test_a_grey_picture_is_one_however_it_was_saved() -> None:
    """Equal content must get equal hashes: RGB, RGBA and palette of the same grey picture."""
    alpha = np.full_like(GREY, 255)
    for same in (np.dstack([GREY] * 3), np.dstack([GREY, GREY, GREY, alpha])):
        np.testing.assert_array_equal(render_raster(saved(same)), GREY)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_as_its_exif_says(kind: str, orientation: int) -> None:
    """Photographs of films, whose rows a telephone has written as its sensor lay."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    lossless = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100}}.get(kind, {})
    found = render_raster(saved(NOISE, kind, exif=exif, **lossless))
    turned = {
        1: NOISE,
        2: NOISE[:, ::-1],
        3: NOISE[::-1, ::-1],
        4: NOISE[::-1],
        5: NOISE.T,
        6: NOISE.T[:, ::-1],
        7: NOISE.T[::-1, ::-1],
        8: NOISE.T[::-1],
    }[orientation]
    assert found.shape == turned.shape
    assert np.abs(found.astype(int) - turned).mean() < (3 if kind == "JPEG" else 0.01)


@pytest.mark.parametrize("exif", [b"", b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"\0" * 40])
def test_exif_that_is_broken_is_passed_over(exif: bytes) -> None:
    np.testing.assert_array_equal(render_raster(saved(NOISE, "PNG", exif=exif)), NOISE)


def test_of_several_frames_the_first_is_taken() -> None:
    frames = [Image.fromarray(np.full((4, 4), value, np.uint8)) for value in (10, 200)]
    data = saved(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    assert (render_raster(data) == 10).all()


@pytest.mark.parametrize("data", [b"", b"no picture at all", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture(data: bytes) -> None:
    with pytest.raises(ImageRejected) as caught:
        render_raster(data)
    assert caught.value.code in (RejectCode.NOT_AN_IMAGE, RejectCode.TRUNCATED)
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP", "GIF"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_cut_file_is_truncated(kind: str, part: float) -> None:
    data = saved(NOISE, kind)
    with pytest.raises(ImageRejected) as caught:
        render_raster(data[: int(len(data) * part)])
    assert caught.value.code is RejectCode.TRUNCATED


def test_a_cut_webp_is_rejected() -> None:
    data = saved(np.dstack([NOISE] * 3), "WEBP")
    with pytest.raises(ImageRejected) as caught:
        render_raster(data[: len(data) // 2])
    assert caught.value.code in (RejectCode.TRUNCATED, RejectCode.PIXEL_DECODE)


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    small = saved(GREY)
    start = small.index(b"IHDR")
    header = b"IHDR" + struct.pack(">II", 60_000, 60_000) + small[start + 12 : start + 17]
    bomb = small[:start] + header + struct.pack(">I", zlib.crc32(header)) + small[start + 21 :]
    with pytest.raises(ImageRejected, match="too many pixels") as caught:
        render_raster(bomb)
    assert caught.value.code is RejectCode.RESOURCE_LIMIT


def test_a_frame_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster, "MAX_FRAME_BYTES", COLOUR.size - 1)
    render_raster(saved(GREY))
    with pytest.raises(ImageRejected, match="over the size limit") as caught:
        render_raster(saved(COLOUR))
    assert caught.value.code is RejectCode.RESOURCE_LIMIT
    check_size(8, 6, samples=2)


def test_a_large_picture_within_the_limit_is_read_in_silence() -> None:
    """Pillow warns from 89 million pixels on; a scanned film may have that many."""
    image = Image.new("1", (12_000, 8_000))
    assert render_raster(saved(image)).shape == (8_000, 12_000)


@settings(max_examples=120)
@given(
    st.sampled_from(["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP"]),
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_broken_files_are_rejected_or_read(kind: str, changes: list[tuple[int, int]]) -> None:
    data = bytearray(saved(NOISE, kind))
    for place, value in changes:
        data[place] = value
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pixels = render_raster(bytes(data))
    except ImageRejected:
        return
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 2 or pixels.shape[2] == 3
