"""Uploaded queries: what they are, how they are shown, and hostile ones of every kind."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.errors import ImageRejected, RejectCode, UnknownName, UsageError
from radalike.imaging.dicom.image import read_dicom, render_frame
from radalike.imaging.dicom.views import Window
from radalike.imaging.renderings import CT_PRESETS
from radalike.library.privacy.pseudonyms import Privacy
from radalike.library.search.uploads import UploadDecoder, UploadInfo
from radalike.records import Pixels
from radalike.settings import load_settings
from tests.ingest.files import write_flat_png
from tests.ingest.hostile.cases import ADDED, CASES, SKIPPED, Case
from tests.ingest.hostile.reasons import is_our_own
from tests.radalike.imaging.dicom.datasets import dataset, encoded
from tests.radalike.library.original_files import png
from tests.radalike.pictures import picture

GOOD = png(picture("XR", 1))
HU: dict[str, Any] = {"RescaleSlope": 1, "RescaleIntercept": -1000}


@pytest.fixture(scope="module")
def decoder() -> Iterator[UploadDecoder]:
    made = UploadDecoder(load_settings(decode_memory_mib=2048))
    yield made
    made.close()


def ct(**attributes: Any) -> bytes:
    """Three frames of CT, each a little brighter, in Hounsfield units from -1000 to 1000."""
    ramp = np.linspace(0, 2000, 64 * 48).reshape(64, 48).astype(np.uint16)
    frames = np.stack([np.minimum(ramp + 100 * number, 2000) for number in range(3)])
    return encoded(dataset(frames, **{**HU, "BodyPartExamined": "THORAX", **attributes}))


def here(data: bytes, number: int, rendering: str | Window) -> Pixels:
    """A frame, decoded in this process."""
    image = read_dicom(data)
    assert image is not None
    return render_frame(image, number, rendering).pixels


# -- what it is ------------------------------------------------------------------------------


def test_a_raster(decoder: UploadDecoder) -> None:
    assert decoder.inspect(GOOD) == UploadInfo("raster", 1, 80, 96, "unknown", "unknown")
    np.testing.assert_array_equal(decoder.render(GOOD), picture("XR", 1))
    np.testing.assert_array_equal(decoder.render(GOOD, 0, rendering="lung"), picture("XR", 1))


def test_ct(decoder: UploadDecoder) -> None:
    data = ct(WindowCenter=[40, 400], WindowWidth=[350, 1800])
    assert decoder.inspect(data) == UploadInfo(
        kind="dicom",
        frames=3,
        width=48,
        height=64,
        modality="CT",
        anatomy="chest",
        window=(40.0, 350.0),
        values=(-900.0, 1000.0),
        presets=tuple(CT_PRESETS),
    )


def test_its_patient_is_known_by_the_pseudonym_of_the_library(decoder: UploadDecoder) -> None:
    privacy = Privacy(b"k" * 32)
    data = ct(PatientID="4711", IssuerOfPatientID="ward")
    assert decoder.patient(data, privacy) == privacy.patient("ward", "4711", "")
    assert decoder.patient(data, Privacy(b"o" * 32)) != decoder.patient(data, privacy)
    study = ct(PatientID="", StudyInstanceUID="1.2.3")
    assert decoder.patient(study, privacy) == privacy.patient("", "", "1.2.3")
    assert decoder.patient(GOOD, privacy) is None


@pytest.mark.parametrize(
    ("attributes", "window", "presets"),
    [
        ({}, None, True),
        ({"WindowCenter": 40, "WindowWidth": 0}, None, True),
        ({"WindowCenter": 4, "WindowWidth": 0.5, "VOILUTFunction": "LINEAR_EXACT"}, (4, 0.5), True),
        ({"Modality": "MR", "WindowCenter": 4, "WindowWidth": 9}, (4.0, 9.0), False),
        ({"RescaleType": "US"}, None, False),
    ],
)
def test_windows_and_presets(
    decoder: UploadDecoder,
    attributes: dict[str, Any],
    window: tuple[float, float] | None,
    presets: bool,
) -> None:
    info = decoder.inspect(ct(**attributes))
    assert (info.window, bool(info.presets)) == (window, presets)


def test_what_is_withheld_elsewhere_is_told_and_shown_to_who_uploads_it(
    decoder: UploadDecoder,
) -> None:
    data = ct(Modality="US", PatientName="DOE^JANE")
    info = decoder.inspect(data)
    assert info.withheld
    assert "JANE" not in repr(info)
    assert decoder.render(data).shape == (64, 48)


# -- how it is shown -------------------------------------------------------------------------


@pytest.mark.parametrize("rendering", ["stored-window", "percentile", "lung"])
def test_frames_are_rendered_as_everywhere(decoder: UploadDecoder, rendering: str) -> None:
    data = ct(WindowCenter=0, WindowWidth=2000)
    for frame in (0, 1, 2):
        expected = here(data, frame, rendering)
        np.testing.assert_array_equal(decoder.render(data, frame, rendering=rendering), expected)
    middle = decoder.render(data, rendering=rendering)
    np.testing.assert_array_equal(middle, here(data, 1, rendering))


@given(centre=st.floats(-2000, 2000), width=st.floats(1, 4000))
def test_a_window_of_ones_own_is_linear(centre: float, width: float) -> None:
    """PS3.3 C.11.2.1.2, computed for each pixel by its own words."""
    values = np.linspace(-1000, 1000, 201).round().astype(np.int16).reshape(1, 201)
    data = encoded(dataset(values, RescaleSlope=1, RescaleIntercept=0))
    shown = here(data, 0, Window(centre, width)).astype(int)
    for value, found in zip(values[0], shown[0], strict=True):
        if value <= centre - 0.5 - (width - 1) / 2:
            expected = 0.0
        elif value > centre - 0.5 + (width - 1) / 2:
            expected = 255.0
        else:
            expected = ((value - (centre - 0.5)) / (width - 1) + 0.5) * 255
        assert abs(found - expected) <= 0.51


def test_a_window_is_applied_in_the_child(decoder: UploadDecoder) -> None:
    data = ct(WindowCenter=0, WindowWidth=2000)
    own = decoder.render(data, 0, window=(-600, 1500))
    np.testing.assert_array_equal(own, decoder.render(data, 0, rendering="lung"))
    assert not np.array_equal(own, decoder.render(data, 0))


@pytest.mark.parametrize(
    "window",
    [(0, 0.5), (0, -1), (0, float("nan")), (float("inf"), 10), (0, float("inf"))],
)
def test_a_window_that_is_none_is_refused(
    decoder: UploadDecoder, window: tuple[float, float]
) -> None:
    with pytest.raises(UsageError, match="window") as caught:
        decoder.render(ct(), window=window)
    assert "at least 1" in caught.value.hint


@pytest.mark.parametrize(
    "data",
    [GOOD, encoded(dataset(np.zeros((4, 5, 3), np.uint8)))],
    ids=["a raster", "colour"],
)
def test_colours_have_no_window(decoder: UploadDecoder, data: bytes) -> None:
    info = decoder.inspect(data)
    assert (info.window, info.values, info.presets) == (None, None, ())
    with pytest.raises(UsageError, match="grey"):
        decoder.render(data, window=(40, 400))


def test_frames_and_renderings_that_are_not_there(decoder: UploadDecoder) -> None:
    with pytest.raises(UsageError, match="no frame 3") as caught:
        decoder.render(ct(), 3)
    assert caught.value.hint == "it has 3 frames, numbered 0 to 2"
    with pytest.raises(UsageError, match="no frame -1"):
        decoder.render(ct(), -1)
    with pytest.raises(UnknownName):
        decoder.render(ct(), rendering="lungs")


# -- hostile files ---------------------------------------------------------------------------

_OF_FOLDERS = {"DICOMDIR that climbs", "link out", "pipe", "ZIP truncated"}
_BY_CONTENT = [case for case in CASES if case.expected and case.name not in _OF_FOLDERS]
_OTHERWISE = {
    SKIPPED: RejectCode.NOT_AN_IMAGE,
    RejectCode.IDENTITY_CONFLICT: ADDED,  # of one file, nothing to clash with
}


@pytest.mark.parametrize("case", _BY_CONTENT, ids=lambda case: f"{case.number} {case.name}")
def test_a_hostile_file(decoder: UploadDecoder, tmp_path: Path, case: Case) -> None:
    path = tmp_path / "file"
    case.plant(path)
    data = path.read_bytes()
    assert case.expected is not None
    allowed = {_OTHERWISE.get(each, each) for each in case.expected.outcomes}
    if not data:
        allowed = {RejectCode.EMPTY}
    assert became(decoder, data) in allowed
    np.testing.assert_array_equal(decoder.render(GOOD), picture("XR", 1))


def became(decoder: UploadDecoder, data: bytes) -> str:
    try:
        info = decoder.inspect(data)
        shown = decoder.render(data, 0)
    except ImageRejected as exc:
        return exc.code if is_our_own(str(exc)) else f"a file's own words: {exc}"
    return ADDED if shown.shape[:2] == (info.height, info.width) else "another size"


def test_archives_are_no_images(decoder: UploadDecoder) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.dcm", bytes(64 * 1024**2))
    with pytest.raises(ImageRejected, match="archive") as caught:
        decoder.inspect(buffer.getvalue())
    assert caught.value.code is RejectCode.NOT_AN_IMAGE
    assert "radalike ingest" in caught.value.hint


def test_other_files_are_no_images(decoder: UploadDecoder) -> None:
    for data in (b"<html><script>alert(1)</script>", b"%PDF-1.7 " + bytes(900), bytes(4096)):
        with pytest.raises(ImageRejected) as caught:
            decoder.inspect(data)
        assert caught.value.code is RejectCode.NOT_AN_IMAGE


def test_pictures_that_are_too_large(decoder: UploadDecoder, tmp_path: Path) -> None:
    bomb = write_flat_png(tmp_path / "bomb.png", 60_000, 60_000, bits=1).read_bytes()
    with pytest.raises(ImageRejected) as caught:
        decoder.inspect(bomb)
    assert caught.value.code is RejectCode.RESOURCE_LIMIT
    with pytest.raises(ImageRejected) as caught:
        decoder.inspect(GOOD[: len(GOOD) // 2])
    assert caught.value.code is RejectCode.TRUNCATED


def test_an_upload_is_bounded() -> None:
    decoder = UploadDecoder(load_settings(upload_mib=1))
    for ask in (decoder.inspect, decoder.render):
        with pytest.raises(ImageRejected, match="larger than an upload") as caught:
            ask(GOOD + bytes(1024**2))
        assert caught.value.code is RejectCode.RESOURCE_LIMIT
    decoder.close()
