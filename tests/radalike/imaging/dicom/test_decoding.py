"""Stored values: their bits, the decoders behind them, and the public test files of pydicom."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import pydicom
import pydicom.data
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from radalike.errors import ImageRejected, RejectCode
from radalike.imaging.dicom import decoding
from radalike.imaging.dicom.decoding import significant_bits, stored_values
from radalike.imaging.dicom.image import read_dicom, render_frame
from tests.radalike.imaging.dicom.datasets import dataset, encoded

OWN_FILES = Path(pydicom.data.__file__).parent / "test_files"


# -- bits ------------------------------------------------------------------------------------


@given(st.integers(2, 16), st.data())
def test_signs_come_back(stored: int, data: st.DataObject) -> None:
    """What is cut to its stored bits is itself again."""
    value = data.draw(st.integers(-(2 ** (stored - 1)), 2 ** (stored - 1) - 1))
    cut = np.array([value & (2**stored - 1)], dtype=np.uint16).view(np.int16)
    assert significant_bits(cut, stored, stored - 1)[0] == value


@given(st.integers(1, 16), st.integers(0, 15), st.integers(0, 2**16 - 1))
def test_bits_around_the_stored_ones_do_not_count(stored: int, high: int, noise: int) -> None:
    if high < stored - 1:
        return
    shift = high - stored + 1
    value = 2**stored - 1
    mask = value << shift
    word = np.array([(noise & ~mask) | mask], dtype=np.uint16)
    assert significant_bits(word, stored, high)[0] == value


@pytest.mark.parametrize(
    ("values", "plain"),
    [
        (np.array([0, 4095], np.uint16), True),
        (np.array([0, 4096], np.uint16), False),
        (np.array([-2048, 2047], np.int16), True),
        (np.array([-2049, 2047], np.int16), False),
        (np.array([-2048, 2048], np.int16), False),
    ],
)
def test_what_is_plain_is_not_copied(values: npt.NDArray[Any], plain: bool) -> None:
    before = values.copy()
    assert (significant_bits(values, 12, 11) is values) == plain
    np.testing.assert_array_equal(values, before)


def test_an_overlay_in_unused_bits_is_not_seen() -> None:
    stored = np.array([[0, 2048, 4095]], dtype=np.uint16)
    made = dataset(stored | 0x8000, BitsStored=12, HighBit=11, WindowCenter=2048, WindowWidth=4096)
    image = read_dicom(encoded(made))
    assert image is not None
    np.testing.assert_allclose(render_frame(image, 0).pixels, [[0, 128, 255]], atol=1)


def test_a_high_bit_at_the_top_is_shifted_down() -> None:
    stored = np.array([[0, 2048 << 4, 4095 << 4]], dtype=np.uint16)
    made = dataset(stored, BitsStored=12, HighBit=15, WindowCenter=2048, WindowWidth=4096)
    image = read_dicom(encoded(made))
    assert image is not None
    np.testing.assert_allclose(render_frame(image, 0).pixels, [[0, 128, 255]], atol=1)


def test_signed_jpeg_ls_keeps_its_sign() -> None:
    """Written as an old DCMTK does: 12 bits of a signed value, without the sign above them."""
    values = np.linspace(-2000, 2000, 64, dtype=np.int16).reshape(8, 8)
    made = dataset((values & 0x0FFF).astype(np.uint16), BitsStored=12, HighBit=11)
    made.compress(JPEGLSLossless)
    made.PixelRepresentation = 1
    np.testing.assert_array_equal(stored(made), values)


# -- frames ----------------------------------------------------------------------------------


def compressed(
    pixels: npt.NDArray[Any], frames: list[bytes], syntax: UID, **attributes: Any
) -> pydicom.Dataset:
    made = dataset(pixels, elements={0x7FE00010: ("OB", encapsulate(frames))}, **attributes)
    made.file_meta.TransferSyntaxUID = syntax
    made["PixelData"].is_undefined_length = True
    return made


def stored(made: pydicom.Dataset, number: int = 0) -> npt.NDArray[Any]:
    image = read_dicom(encoded(made))
    assert image is not None
    return stored_values(image.dataset, number, image.frames)


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_one_frame_of_many_is_decoded_alone(syntax: UID) -> None:
    values = np.random.default_rng(1).integers(0, 4096, (20, 64, 64), dtype=np.uint16)
    made = dataset(values, BitsStored=12, HighBit=11)
    made.compress(syntax)
    image = read_dicom(encoded(made))
    assert image is not None
    assert image.frames == 20
    with patch.object(decoding, "pixel_array", wraps=decoding.pixel_array) as decoded:
        found = stored_values(image.dataset, 13, image.frames)
    np.testing.assert_array_equal(found, values[13])
    assert found.shape == (64, 64)
    assert [call.kwargs["index"] for call in decoded.call_args_list] == [13]


def test_a_decoder_that_fails_is_followed_by_the_next() -> None:
    path = OWN_FILES / "MR_small_jp2klossless.dcm"
    plain = read_dicom((OWN_FILES / "MR_small.dcm").read_bytes())
    image = read_dicom(path.read_bytes())
    assert image is not None
    assert plain is not None

    def broken(*arguments: Any, **options: Any) -> Any:
        if options["decoding_plugin"] != "gdcm":
            raise RuntimeError("broken")
        return whole(*arguments, **options)

    whole = decoding.pixel_array
    with patch.object(decoding, "pixel_array", broken):
        found = stored_values(image.dataset, 0, 1)
    np.testing.assert_array_equal(found, stored_values(plain.dataset, 0, 1))


def test_a_panic_of_a_decoder_is_a_reject() -> None:
    class Panic(BaseException):
        pass

    image = read_dicom(encoded(dataset()))
    assert image is not None
    with (
        patch.object(decoding, "pixel_array", side_effect=Panic("secret")),
        pytest.raises(ImageRejected) as caught,
    ):
        render_frame(image, 0)
    assert caught.value.code is RejectCode.PIXEL_DECODE
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.8.1", "1.2.3.4"])
def test_syntaxes_without_a_decoder(syntax: str) -> None:
    data = encoded(compressed(np.zeros((4, 4), np.uint8), [b"frame   "], JPEG2000Lossless))
    named = syntax.encode().ljust(len(JPEG2000Lossless), b"\0")
    with pytest.raises(ImageRejected) as caught:
        read_dicom(data.replace(JPEG2000Lossless.encode(), named))
    assert caught.value.code is RejectCode.UNSUPPORTED_TRANSFER_SYNTAX


# -- other files of pydicom ------------------------------------------------------------------------


def test_twelve_bit_jpeg_is_decoded() -> None:
    image = read_dicom((OWN_FILES / "JPEG-lossy.dcm").read_bytes())
    assert image is not None
    values = stored_values(image.dataset, 0, 1)
    assert values.shape == (1024, 256)
    # As DCMTK's dcmdjpeg decodes it.
    assert (values.min(), values.max(), round(float(values.mean()), 3)) == (0, 264, 14.370)


def test_no_two_transfer_syntaxes_of_one_image_differ() -> None:
    def pixels(name: str) -> npt.NDArray[Any]:
        image = read_dicom((OWN_FILES / name).read_bytes())
        assert image is not None
        return render_frame(image, 0).pixels

    for kind in ("RLE", "bigendian", "implicit", "jp2klossless", "jpeg_ls_lossless", "expb"):
        np.testing.assert_array_equal(pixels(f"MR_small_{kind}.dcm"), pixels("MR_small.dcm"))
