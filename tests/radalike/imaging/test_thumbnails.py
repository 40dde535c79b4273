"""Thumbnails and the hash they are stored under."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.uid import (
    CTImageStorage,
    MultiFrameTrueColorSecondaryCaptureImageStorage,
    SecondaryCaptureImageStorage,
    UltrasoundMultiFrameImageStorage,
    XRayAngiographicImageStorage,
)

from radalike.imaging.thumbnails import (
    LONGEST_SIDE,
    MOST_BYTES,
    content_hash,
    dicom_thumbnail,
    picture,
    region_of_interest,
    thumbnail,
    thumbnail_withheld,
)
from radalike.records import Pixels

pictures = arrays(np.uint8, st.tuples(st.integers(1, 4), st.integers(1, 4)))


def gradient(height: int, width: int) -> Pixels:
    return np.linspace(0, 255, height * width).reshape(height, width).astype(np.uint8)


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [(512, 256, (128, 256)), (300, 600, (256, 128)), (100, 40, (40, 100)), (1, 2000, (256, 1))],
)
def test_it_fits_the_longest_side(height: int, width: int, expected: tuple[int, int]) -> None:
    with Image.open(io.BytesIO(thumbnail(gradient(height, width)))) as image:
        assert image.format == "JPEG"
        assert image.size == expected
        assert max(image.size) <= LONGEST_SIDE


def test_it_looks_like_the_image_and_says_nothing_else() -> None:
    pixels = gradient(512, 512)
    with Image.open(io.BytesIO(thumbnail(pixels))) as image:
        small = np.asarray(image.convert("L")).astype(int)
        assert not {"exif", "icc_profile", "xmp"} & set(image.info)
    expected = np.asarray(Image.fromarray(pixels).resize((256, 256))).astype(int)
    assert np.abs(small - expected).mean() < 4


@pytest.mark.parametrize("shape", [(600, 500), (256, 256, 3), (256, 256)])
def test_noise_takes_no_more_bytes_than_allowed(shape: tuple[int, ...]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert len(picture(noise, LONGEST_SIDE)) > MOST_BYTES
    small = thumbnail(noise)
    assert len(small) <= MOST_BYTES
    with Image.open(io.BytesIO(small)) as image:
        assert max(image.size) == LONGEST_SIDE


def test_an_ordinary_thumbnail_is_of_the_usual_quality() -> None:
    pixels = gradient(256, 256)
    assert thumbnail(pixels) == picture(pixels, LONGEST_SIDE)


def test_colour_stays_colour() -> None:
    red = np.zeros((300, 300, 3), np.uint8)
    red[..., 0] = 200
    with Image.open(io.BytesIO(thumbnail(red))) as image:
        np.testing.assert_allclose(
            np.asarray(image.convert("RGB")).mean((0, 1)), (200, 0, 0), atol=6
        )


@given(pictures, pictures)
def test_hashes_are_equal_exactly_when_the_pixels_are(one: Pixels, two: Pixels) -> None:
    assert (content_hash(one) == content_hash(two)) is np.array_equal(one, two)


def test_the_hash_is_of_the_shape_too_and_not_of_the_memory() -> None:
    flat = np.arange(6, dtype=np.uint8)
    assert content_hash(flat.reshape(2, 3)) != content_hash(flat.reshape(3, 2))
    turned = np.asfortranarray(flat.reshape(2, 3))
    assert content_hash(turned) == content_hash(flat.reshape(2, 3))
    assert len(content_hash(turned)) == 64


# -- what can show a name --------------------------------------------------------------------

USUAL = frozenset({"US", "SC", "XA", "OT"})


def instance(**attributes: object) -> Dataset:
    made = Dataset()
    made.SOPClassUID, made.Modality = CTImageStorage, "CT"
    made.Rows, made.Columns = 60, 80
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    "attributes",
    [
        {"Modality": "US"},
        {"Modality": "IVUS"},
        {"Modality": "XA"},
        {"Modality": "RF"},
        {"Modality": "OT"},
        {"Modality": ""},
        {"Modality": None},
        {"SOPClassUID": SecondaryCaptureImageStorage},
        {"SOPClassUID": MultiFrameTrueColorSecondaryCaptureImageStorage},
        {"SOPClassUID": UltrasoundMultiFrameImageStorage},
        {"SOPClassUID": XRayAngiographicImageStorage},
        {"Modality": "US", "BurnedInAnnotation": "NO"},
    ],
    ids=str,
)
def test_what_usually_has_text_burned_in_is_withheld(attributes: dict[str, object]) -> None:
    assert thumbnail_withheld(instance(**attributes), USUAL)
    assert not thumbnail_withheld(instance(**attributes), frozenset())


def test_a_site_turns_on_what_it_wants() -> None:
    ultrasound = instance(Modality="US")
    assert not thumbnail_withheld(ultrasound, USUAL - {"US"})
    assert thumbnail_withheld(ultrasound, USUAL - {"SC"})
    captured = instance(Modality="US", SOPClassUID=SecondaryCaptureImageStorage)
    assert thumbnail_withheld(captured, USUAL - {"US"})


def test_what_has_text_burned_in_is_always_withheld() -> None:
    assert thumbnail_withheld(instance(BurnedInAnnotation="YES"), frozenset())
    assert not thumbnail_withheld(instance(), USUAL)


def region(left: int, top: int, right: int, bottom: int) -> Dataset:
    made = Dataset()
    made.RegionLocationMinX0, made.RegionLocationMinY0 = left, top
    made.RegionLocationMaxX1, made.RegionLocationMaxY1 = right, bottom
    return made


def test_the_largest_region_is_the_picture() -> None:
    made = instance(SequenceOfUltrasoundRegions=[region(0, 50, 9, 59), region(10, 5, 69, 44)])
    assert region_of_interest(made) == (10, 5, 70, 45)


@pytest.mark.parametrize(
    "boxes",
    [
        [],
        [(0, 0, 79, 59)],
        [(10, 5, 90, 44)],
        [(10, 5, 5, 44)],
        [(10, 50, 20, 44)],
    ],
    ids=["none", "the whole frame", "outside", "no width", "no height"],
)
def test_regions_that_are_no_crop(boxes: list[tuple[int, int, int, int]]) -> None:
    assert region_of_interest(instance()) is None
    made = instance(SequenceOfUltrasoundRegions=[region(*box) for box in boxes])
    assert region_of_interest(made) is None


def test_a_region_without_its_bounds_is_none() -> None:
    assert region_of_interest(instance(SequenceOfUltrasoundRegions=[Dataset()])) is None


def test_an_ultrasound_is_shown_in_its_region_alone() -> None:
    pixels = np.full((60, 80), 255, np.uint8)
    pixels[5:45, 10:70] = 0
    made = instance(Modality="US", SequenceOfUltrasoundRegions=[region(10, 5, 69, 44)])
    small = dicom_thumbnail(pixels, made, USUAL)
    assert small is not None
    with Image.open(io.BytesIO(small)) as image:
        assert image.size == (60, 40)
        assert not np.asarray(image).any()
    made.BurnedInAnnotation = "YES"
    assert dicom_thumbnail(pixels, made, USUAL) is None


def test_other_thumbnails_are_whole_or_none() -> None:
    pixels = gradient(60, 80)
    assert dicom_thumbnail(pixels, instance(), USUAL) == thumbnail(pixels)
    assert dicom_thumbnail(pixels, instance(Modality="US"), USUAL) is None
    assert dicom_thumbnail(pixels, instance(Modality="US"), frozenset()) == thumbnail(pixels)
