"""What is rendered is what DCMTK renders: grey within 1 level, colour and palettes identical, YBR
within 2. JPEG 2000 is left out: DCMTK has no decoder for it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom.data
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_modality_lut
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    JPEG2000TransferSyntaxes,
    JPEGLSLossless,
    JPEGLSTransferSyntaxes,
    RLELossless,
)

from radalike.errors import ImageRejected
from radalike.imaging.dicom.decoding import stored_values
from radalike.imaging.dicom.image import DicomFrame, DicomImage, read_dicom, render_frame
from radalike.records import Pixels
from tests.peers.dcmtk import dcmtk_program
from tests.radalike.imaging.dicom.datasets import dataset, encoded

NOT_READ_BY_DCMTK = {
    "SC_rgb_jpeg.dcm": "its header says explicit and is implicit",
    "SC_rgb_32bit.dcm": "32-bit samples",
    "SC_rgb_32bit_2frame.dcm": "32-bit samples",
    "SC_rgb_expb_32bit.dcm": "32-bit samples",
    "SC_rgb_expb_32bit_2frame.dcm": "32-bit samples",
    "gdcm-US-ALOKA-16.dcm": "a segmented palette",
    "gdcm-US-ALOKA-16_big.dcm": "a segmented palette",
}


def by_dcmtk(path: Path, image: DicomImage, number: int, view: tuple[str, ...]) -> Pixels | None:
    """Frame `number` of a file as DCMTK renders it, None where it cannot."""
    lossless = image.dataset.file_meta.TransferSyntaxUID in JPEGLSTransferSyntaxes
    program = dcmtk_program("dcml2pnm" if lossless else "dcmj2pnm")
    frame = ("--no-overlays", "--write-raw-pnm", "--frame", str(number + 1))
    done = subprocess.run(
        [str(program), *frame, *view, str(path), "/dev/stdout"], capture_output=True, check=False
    )
    return read_pnm(done.stdout) if done.stdout else None


def read_pnm(data: bytes) -> Pixels:
    with Image.open(BytesIO(data)) as picture:
        return np.asarray(picture)


def same_view(image: DicomImage, rendered: DicomFrame) -> tuple[str, ...]:
    """DCMTK's options for the view that was rendered."""
    made = image.dataset
    if "percentile-window" in rendered.warnings:
        stored = stored_values(made, rendered.number, image.frames)
        values = apply_modality_lut(stored, made)
        low, high = np.percentile(values, (0.5, 99.5))
        # The LINEAR window that covers that range (PS3.3 C.11.2.1.2).
        return ("+Ww", str((low + high + 1) / 2), str(high - low + 1))
    if "VOILUTSequence" in made:
        return ("+Wl", "1")
    shared = made.get("SharedFunctionalGroupsSequence") or ()
    for groups in (*(made.get("PerFrameFunctionalGroupsSequence") or ()), *shared):
        for window in groups.get("FrameVOILUTSequence") or ():  # which DCMTK does not read
            return ("+Ww", str(window.WindowCenter), str(window.WindowWidth))
    return ("+Wi", "1") if "WindowCenter" in made else ()


def tolerance(image: DicomImage) -> int:
    interpretation = str(image.dataset.PhotometricInterpretation)
    if interpretation.startswith("MONOCHROME"):
        return 1
    return 2 if interpretation.startswith("YBR") else 0


def assert_same(ours: Pixels, theirs: Pixels, atol: int) -> None:
    np.testing.assert_allclose(ours.astype(int), theirs.astype(int), rtol=0, atol=atol)


# -- the public test files -------------------------------------------------------------------

PUBLIC = sorted({Path(name) for name in pydicom.data.get_testdata_files() if Path(name).is_file()})


def compared(path: Path) -> bool:
    """Compare the first and last frame with DCMTK's; False when either cannot read the file."""
    try:
        image = read_dicom(path.read_bytes())
        if image is None or image.dataset.file_meta.TransferSyntaxUID in JPEG2000TransferSyntaxes:
            return False
        frames = [render_frame(image, number) for number in sorted({0, image.frames - 1})]
    except ImageRejected:
        return False
    for rendered in frames:
        theirs = by_dcmtk(path, image, rendered.number, same_view(image, rendered))
        if theirs is None:
            assert path.name in NOT_READ_BY_DCMTK
            return False
        assert_same(rendered.pixels, theirs, tolerance(image))
    return True


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_public_files_look_as_in_dcmtk() -> None:
    dcmtk_program("dcmj2pnm")
    differing = []
    count = 0
    for path in PUBLIC:
        try:
            count += compared(path)
        except AssertionError as exc:
            differing.append(f"{path.name}: {exc}")
    assert not differing, "\n".join(differing)
    assert count >= 60


# -- files made here -------------------------------------------------------------------------

RNG = np.random.default_rng(7)


def noise(bits: int, *, signed: bool, side: int = 24) -> npt.NDArray[Any]:
    """Values all over the range of `bits`."""
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1)) if signed else (0, 2**bits)
    kind = f"{'i' if signed else 'u'}{1 if bits <= 8 else 2}"
    return RNG.integers(low, high, (side, side)).astype(kind)


def grey(bits: int, signed: bool, **attributes: Any) -> Dataset:
    window = {"WindowCenter": 2 ** (bits - 2), "WindowWidth": 2 ** (bits - 1)}
    return dataset(
        noise(bits, signed=signed), BitsStored=bits, HighBit=bits - 1, **{**window, **attributes}
    )


def colours(bits: int, **attributes: Any) -> Dataset:
    values = RNG.integers(0, 2**bits, (12, 14, 3)).astype("u1" if bits == 8 else "u2")
    made = dataset(values, **attributes)
    if attributes.get("PlanarConfiguration"):
        made.PixelData = np.ascontiguousarray(values.transpose(2, 0, 1)).tobytes()
    return made


def palette(bits: int, first: int = 0) -> Dataset:
    made = dataset(noise(8, signed=False), PhotometricInterpretation="PALETTE COLOR")
    for colour in ("Red", "Green", "Blue"):
        entries = RNG.integers(0, 2**bits, 200).astype("u2" if bits == 16 else "u1")
        setattr(made, f"{colour}PaletteColorLookupTableDescriptor", [200, first, bits])
        made[f"{colour}PaletteColorLookupTableDescriptor"].VR = "US"
        setattr(made, f"{colour}PaletteColorLookupTableData", entries.tobytes())
    return made


def table(entries: list[int], bits: int) -> Dataset:
    made = Dataset()
    made.add_new(0x00283002, "US", [len(entries), 0, bits])
    made.add_new(0x00283006, "US", entries)
    return made


RISING = [round(1023 * (step / 255) ** 0.5) for step in range(256)]

MADE: dict[str, Callable[[], Dataset]] = {
    **{
        f"{bits} bits, {'signed' if signed else 'unsigned'}, {interpretation}": (
            lambda bits=bits, signed=signed, interpretation=interpretation: grey(
                bits, signed, PhotometricInterpretation=interpretation
            )
        )
        for bits in (8, 12, 16)
        for signed in (False, True)
        for interpretation in ("MONOCHROME1", "MONOCHROME2")
    },
    "rescaled": lambda: grey(12, False, RescaleSlope="0.5", RescaleIntercept="-100"),
    "a falling slope": lambda: grey(12, True, RescaleSlope=-1, RescaleIntercept=0),
    "a sigmoid": lambda: grey(12, False, VOILUTFunction="SIGMOID"),
    "two windows": lambda: grey(12, False, WindowCenter=[900, 5], WindowWidth=[300, 7]),
    "inverse": lambda: grey(12, False, PresentationLUTShape="INVERSE"),
    "a table": lambda: grey(8, False, VOILUTSequence=[table(RISING, 10)]),
    "a modality table": lambda: grey(
        8, False, ModalityLUTSequence=[table(RISING, 10)], WindowCenter=500, WindowWidth=600
    ),
    "no window, 8 bits": lambda: dataset(noise(8, signed=False)),
    "red, green, blue": lambda: colours(8),
    "by plane": lambda: colours(8, PlanarConfiguration=1),
    "deep colour": lambda: colours(16),
    "luminance": lambda: colours(8, PhotometricInterpretation="YBR_FULL"),
    "a palette": lambda: palette(8),
    "a deep palette": lambda: palette(16),
    "a palette from 30": lambda: palette(16, first=30),
}


LITTLE_ENDIAN_ONLY = {"red, green, blue", "by plane", "deep colour", "luminance"}
"""And palettes: DCMTK swaps their bytes wrongly, as the public twins of both byte orders show."""
UNCOMPRESSED_ONLY = {"by plane", "luminance"}
"""Compressed, they have another form."""

CASES = [
    (name, syntax)
    for syntax in (ExplicitVRLittleEndian, ExplicitVRBigEndian, RLELossless, JPEGLSLossless)
    for name in MADE
    if not (syntax.is_compressed and name in UNCOMPRESSED_ONLY)
    if not (syntax == ExplicitVRBigEndian and (name in LITTLE_ENDIAN_ONLY or "palette" in name))
]


@pytest.mark.parametrize(("name", "syntax"), CASES)
def test_what_is_made_looks_as_in_dcmtk(name: str, syntax: UID, tmp_path: Path) -> None:
    made = MADE[name]()
    if syntax == ExplicitVRBigEndian:
        made.PixelData = swapped(made)
        made.file_meta.TransferSyntaxUID = syntax
    elif syntax.is_compressed:
        made.compress(syntax)
    path = tmp_path / "made.dcm"
    path.write_bytes(encoded(made))
    image = read_dicom(path.read_bytes())
    assert image is not None
    rendered = render_frame(image, 0)
    assert not rendered.warnings
    theirs = by_dcmtk(path, image, 0, same_view(image, rendered))
    assert theirs is not None
    assert_same(rendered.pixels, theirs, tolerance(image))


def swapped(made: Dataset) -> bytes:
    words = np.frombuffer(made.PixelData, f"u{made.BitsAllocated // 8}")
    return words.astype("u2").byteswap().tobytes() if made.BitsAllocated == 16 else words.tobytes()


@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_functional_groups_look_as_the_same_attributes_of_the_image(
    modality: str, tmp_path: Path
) -> None:
    """DCMTK reads no windows of functional groups; it reads a twin that has no need of them."""
    frames = np.stack([noise(12, signed=False) for _ in range(3)])
    plain = dataset(frames, BitsStored=12, HighBit=11, Modality=modality)
    enhanced = deepcopy(plain)
    rescale, groups = Dataset(), []
    rescale.RescaleSlope, rescale.RescaleIntercept = 2, -1000
    shared = Dataset()
    shared.PixelValueTransformationSequence = [rescale]
    for number in range(3):
        window, group = Dataset(), Dataset()
        window.WindowCenter, window.WindowWidth = 500 * number, 800 + number
        group.FrameVOILUTSequence = [window]
        groups.append(group)
    enhanced.SharedFunctionalGroupsSequence = [shared]
    enhanced.PerFrameFunctionalGroupsSequence = groups
    image = read_dicom(encoded(enhanced))
    assert image is not None
    for number in range(3):
        plain.RescaleSlope, plain.RescaleIntercept = 2, -1000
        plain.WindowCenter, plain.WindowWidth = 500 * number, 800 + number
        path = tmp_path / f"{number}.dcm"
        path.write_bytes(encoded(plain))
        theirs = by_dcmtk(path, image, number, ("+Wi", "1"))
        assert theirs is not None
        assert_same(render_frame(image, number).pixels, theirs, 1)
