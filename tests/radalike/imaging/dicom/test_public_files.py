"""The public test files of pydicom, and of those that no package has, others of their kind."""

from __future__ import annotations

import base64
import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import jpeg_ls
import numpy as np
import numpy.typing as npt
import pydicom
import pydicom.data
import pytest
from pydicom.encaps import encapsulate
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    HTJ2K,
    UID,
    ExplicitVRBigEndian,
    HTJ2KLossless,
    JPEGLSLossless,
    JPEGLSNearLossless,
)

from radalike.errors import ImageRejected, RejectCode
from radalike.imaging.dicom.decoding import stored_values
from radalike.imaging.dicom.errors import dicom_errors
from radalike.imaging.dicom.image import read_dicom, render_frame, render_frames
from tests.radalike.imaging.dicom.datasets import dataset, encoded

DATA = Path(pydicom.data.__file__).parent
OWN_FILES = DATA / "test_files"
PUBLIC = frozenset(json.loads((DATA / "urls.json").read_text()))
"""What pydicom lists as its public data set."""

NOT_PACKAGED = frozenset(
    {
        *("JLSL_08_07_0_1F.dcm", "JLSL_16_15_1_1F.dcm", "JLSL_RGB_ILV0.dcm", "JLSL_RGB_ILV1.dcm"),
        *("JLSL_RGB_ILV2.dcm", "JLSN_RGB_ILV0.dcm", "HTJ2KLossless_08_RGB.dcm", "HTJ2K_08_RGB.dcm"),
        *("parametric_map_float.dcm", "parametric_map_double_float.dcm"),
        "liver_nonbyte_aligned.dcm",
    }
)
"""Of these, pydicom-data has none; their kinds are tested below."""

BROKEN = {
    "emri_small_jpeg_2k_lossless_too_short.dcm": RejectCode.TRUNCATED,  # its pixel data is lost
    # A delimiter is planted where its codestream gives its width.
    "JPEG2000-embedded-sequence-delimiter.dcm": RejectCode.RESOURCE_LIMIT,
    "MR_truncated.dcm": RejectCode.TRUNCATED,
    # Made to test the reading of headers: no pixels, or no rows.
    "UN_sequence.dcm": RejectCode.TRUNCATED,
    "empty_charset_LEI.dcm": RejectCode.TRUNCATED,
    "meta_missing_tsyntax.dcm": RejectCode.INVALID_ATTRIBUTES,
    "badVR.dcm": RejectCode.INVALID_ATTRIBUTES,  # NumberOfFrames is no number
    "nested_priv_SQ.dcm": RejectCode.INVALID_ATTRIBUTES,
    "no_meta_group_length.dcm": RejectCode.TRUNCATED,
    "priv_SQ.dcm": RejectCode.TRUNCATED,
    "no_meta.dcm": RejectCode.NOT_DICOM,  # a byte stands before its first element
}


def outcome(path: Path) -> RejectCode | str:
    """`decoded`, also for pictures that are passed over by their kind (SEG, RTDOSE); `no picture`;
    or the code."""
    try:
        image = read_dicom(path.read_bytes())
        if image is not None:
            list(render_frames(image, 2))
            return "decoded"
        passed_over = pydicom.dcmread(path, force=True)
        if passed_over.get("Modality") not in ("SEG", "RTDOSE"):
            return "no picture"
        frames = passed_over.get("NumberOfFrames")
        with dicom_errors():
            stored_values(passed_over, 0, frames if isinstance(frames, int) else 1)
    except ImageRejected as exc:
        return exc.code
    return "decoded"


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.dcm") if path.is_file())


def rejects(paths: list[Path]) -> dict[str, RejectCode | str]:
    found = {path.name: outcome(path) for path in paths}
    return {name: code for name, code in found.items() if isinstance(code, RejectCode)}


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_files_in_pydicom_are_decoded_but_for_the_broken_ones() -> None:
    paths = files(OWN_FILES)
    assert len(paths) >= 79
    assert rejects(paths) == {path.name: BROKEN[path.name] for path in paths if path.name in BROKEN}


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_of_the_public_data_set_all_are_decoded_but_for_the_broken_one() -> None:
    """Of 79, at least 74: one of those in the package is broken, and the kinds of the others are
    read (below)."""
    package = importlib.util.find_spec("data_store")
    if package is None or package.submodule_search_locations is None:
        if os.environ.get("CI"):
            pytest.fail("pydicom-data is a test dependency")
        pytest.skip("pydicom-data is not installed")
    folder = Path(next(iter(package.submodule_search_locations))) / "data"
    paths = [path for path in files(folder) if path.name in PUBLIC]
    assert len(PUBLIC) == 79
    assert {path.name for path in paths} == PUBLIC - NOT_PACKAGED
    assert rejects(paths) == {
        "emri_small_jpeg_2k_lossless_too_short.dcm": RejectCode.TRUNCATED,
    }
    assert "no picture" not in {outcome(path) for path in paths}


# -- the kinds of those that no package has --------------------------------------------------------

Y, X = np.mgrid[:16, :24]
COLOUR: npt.NDArray[Any] = np.stack([X * 10, Y * 15, (X + Y) * 6], axis=-1).astype(np.uint8)


def found(made: pydicom.Dataset, number: int = 0) -> npt.NDArray[Any]:
    image = read_dicom(encoded(made))
    assert image is not None
    return stored_values(image.dataset, number, image.frames)


def compressed(
    pixels: npt.NDArray[Any], frame: bytes, syntax: UID, **attributes: Any
) -> pydicom.Dataset:
    made = dataset(pixels, elements={0x7FE00010: ("OB", encapsulate([frame]))}, **attributes)
    made.file_meta.TransferSyntaxUID = syntax
    made["PixelData"].is_undefined_length = True
    return made


@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize("interleave", [0, 1, 2])
def test_colour_jpeg_ls_in_each_order(interleave: int, planar: int) -> None:
    """JLSL_RGB_ILV0 to 2, whatever the attribute says of the order."""
    given = np.moveaxis(COLOUR, -1, 0).copy() if interleave == 0 else COLOUR
    frame = bytes(jpeg_ls.encode_array(given, interleave_mode=interleave))
    made = compressed(COLOUR, frame, JPEGLSLossless, PlanarConfiguration=planar)
    np.testing.assert_array_equal(found(made), COLOUR)


def test_colour_jpeg_ls_with_loss() -> None:
    """JLSN_RGB_ILV0."""
    planes = np.moveaxis(COLOUR, -1, 0).copy()
    frame = bytes(jpeg_ls.encode_array(planes, lossy_error=2, interleave_mode=0))
    decoded = found(compressed(COLOUR, frame, JPEGLSNearLossless)).astype(int)
    assert 0 < np.abs(decoded - COLOUR).max() <= 2


@pytest.mark.parametrize(
    ("values", "bits"),
    [
        (np.arange(128, dtype=np.uint8).reshape(8, 16), 7),  # JLSL_08_07_0_1F
        (np.linspace(-16384, 16383, 128).astype(np.int16).reshape(8, 16), 15),  # JLSL_16_15_1_1F
    ],
)
def test_jpeg_ls_of_odd_bits(values: npt.NDArray[Any], bits: int) -> None:
    unsigned = values.view(f"u{values.itemsize}") & (2**bits - 1)
    frame = bytes(jpeg_ls.encode_pixel_data(unsigned.tobytes(), **_jpeg_ls(values, bits)))
    made = compressed(values, frame, JPEGLSLossless, BitsStored=bits, HighBit=bits - 1)
    np.testing.assert_array_equal(found(made), values)


def _jpeg_ls(values: npt.NDArray[Any], bits: int) -> dict[str, Any]:
    rows, columns = values.shape
    return {
        "rows": rows,
        "columns": columns,
        "samples_per_pixel": 1,
        "bits_allocated": values.itemsize * 8,
        "bits_stored": bits,
        "photometric_interpretation": "MONOCHROME2",
        "pixel_representation": 0,
    }


# COLOUR by OpenJPH, with its colour transform: lossless, and with loss.
_LOSSLESS = (
    "/0//UQAvQAAAAAAYAAAAEAAAAAAAAAAAAAAAGAAAABAAAAAAAAAAAAADBwEBBwEBBwEB/1AACAACAAAAA/9SAAwA"
    "AgABAQUEBEAB/1wAEyBQWFhYWFhYWFhYWFhYUFBQ/2QAFwABT3BlbkpQSCBWZXIgMC4yNi4zLv+QAAoAAAAAAVUA"
    "Af+TwBKA6QCHdADAEoDyAMd0AMASgPwAx3QAwAlAiAEHdADACUDMAQd0AMAJQFYBh3QAwAjgBMAXcwCiogBCNADA"
    "CSAEwP0ncwCjowBCNADACWAE4PsAR3QAESP+AGI0AMAJoAVAoviAC3QAUAj6AOR3VQDACaAFQLb9gAt0ANEo+gDk"
    "d1UAwAmgBUha7YCLdACHh8MAAAB3VgDACeAFYAAA2KfCdQCmMcaY4AD2AAHsuADACeAFYKqq2KfCdQDnOeec4AD2"
    "AAHsuADACogBWowx9tpwAnUAw2EYhuHgCPYQgey4AMAVUAWkqqrz8Cnp6eJ4ABAAAAAAAP7/HJ798nv3yey7AMAV"
    "cAWkkiRJ8/Cnp6dCeAAxIiIiIiL+/xye/fJ798nsuwDAFZAFoiIiIiLz8Kenp8J4AL27u7u7u/8cnv3ye/fJ7LsA"
    "/9k="
)
_LOSSY = (
    "/0//UQAvQAAAAAAYAAAAEAAAAAAAAAAAAAAAGAAAABAAAAAAAAAAAAADBwEBBwEBBwEB/1AACAACAAAAIP9SAAwA"
    "AgABAQUEBEAA/1wAIyJhqWGLYYthblmZWZlZhlHLUctR2kpCSkJKlkIgQiBB2P9kABcAAU9wZW5KUEggVmVyIDAu"
    "MjYuMy7/kAAKAAAAAAEpAAH/k8AEwA39Aod0AMAEoOIAB3QAwASg+gCHdADABMA6/gIHdADABKDKAQd0AMAEwLz+"
    "Agd0AMAJYATA9wDHdAC2bQBiNADACOAEwCdzANnsACI0AMAJYATg/QDHdAA5c/4AYjQAwBUQBVCwKfVACPm1AAEd"
    "oAP6A5N+tQDAE0ATAEz+EP20APfuCndUAMAVEAVA+lP6QAj5tQDTafoA5HdVAMAqIBaIAAAlP1C5FgCCwQMPDh4c"
    "/EBlPkpu9eo5AMAlgErw2AvkAOff7LUAwCqgFogkEon0BJdRWRYAf4ggQkCEgPhAZT5KbvXqOQDATwFcAPPwKUvm"
    "AAQAAP7/EV7917917LoAAMBPAVYA8/ApS+YA/3//F+/f79/suQD/2Q=="
)


@pytest.mark.parametrize(
    ("frame", "syntax", "photometric", "loss"),
    [(_LOSSLESS, HTJ2KLossless, "YBR_RCT", 0), (_LOSSY, HTJ2K, "YBR_ICT", 4)],
)
def test_high_throughput_jpeg_2000(frame: str, syntax: UID, photometric: str, loss: int) -> None:
    """HTJ2KLossless_08_RGB, HTJ2K_08_RGB."""
    made = compressed(
        COLOUR, base64.b64decode(frame), syntax, PhotometricInterpretation=photometric
    )
    image = read_dicom(encoded(made))
    assert image is not None
    pixels = render_frame(image, 0).pixels
    assert np.abs(pixels.astype(int) - COLOUR).max() <= loss


@pytest.mark.parametrize(
    ("name", "kind"), [("FloatPixelData", "f4"), ("DoubleFloatPixelData", "f8")]
)
def test_parametric_maps(name: str, kind: str) -> None:
    values = np.linspace(-0.5, 1.5, 384).astype(kind).reshape(16, 24)
    attributes = {name: values.tobytes(), "PixelData": None, "Modality": "MR"}
    made = dataset(values, None, **attributes)
    np.testing.assert_array_equal(found(made), values)


@pytest.mark.parametrize("shape", [(3, 5, 7), (9, 4, 4), (20, 3, 2), (5, 1, 1)])
@pytest.mark.parametrize("big_endian", [False, True])
def test_bits_of_frames_that_end_within_a_byte(
    shape: tuple[int, int, int], big_endian: bool
) -> None:
    """liver_nonbyte_aligned, and others that pydicom alone cannot read frame by frame."""
    masks = np.random.default_rng(0).integers(0, 2, shape, np.uint8)
    made = dataset(masks, BitsAllocated=1, BitsStored=1, HighBit=0)
    packed = np.packbits(masks.ravel(), bitorder="little").tobytes()
    packed += b"\0" * (len(packed) % 2)
    if big_endian:
        made.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
        packed = np.frombuffer(packed, np.uint16).byteswap().tobytes()
    made.PixelData = packed
    for number, mask in enumerate(masks):
        np.testing.assert_array_equal(stored_values(made, number, len(masks)), mask)
    if not big_endian:
        np.testing.assert_array_equal(pixel_array(made), masks)


def test_bits_that_are_missing() -> None:
    made = dataset(np.zeros((3, 5, 7), np.uint8), BitsAllocated=1, BitsStored=1, HighBit=0)
    made.PixelData = b"\0" * 12
    with pytest.raises(ImageRejected) as caught:
        stored_values(made, 2, 3)
    assert caught.value.code is RejectCode.TRUNCATED
