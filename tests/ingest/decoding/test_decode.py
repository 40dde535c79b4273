from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from ingest.decoding.decode import decode
from ingest.decoding.messages import Decoded, Outcome, Rejected, Skipped
from radalike.errors import RejectCode
from radalike.imaging.dicom import image
from radalike.imaging.formats import claims_image
from radalike.imaging.preprocessing import Preprocessing
from radalike.imaging.thumbnails import content_hash
from tests.ingest.archives import write_zip
from tests.ingest.files import picture, write_dicom, write_png

_PREPROCESSING = Preprocessing(size=32, mean=(0, 0, 0), std=(1, 1, 1))
_DICOM_PREAMBLE = 132


def outcome_of(
    content: Path | bytes, *, claims: bool | None = None, frames: int = 16, **named: Any
) -> Outcome:
    promised = isinstance(content, Path) and claims_image(content.suffix)
    return decode(
        content,
        dataset="local",
        claims_image=promised if claims is None else claims,
        preprocessing=_PREPROCESSING,
        frames=frames,
        **named,
    )


def code_of(content: Path | bytes) -> str | None:
    outcome = outcome_of(content)
    return str(outcome.code) if isinstance(outcome, Rejected) else None


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_a_picture(tmp_path: Path) -> None:
    outcome = outcome_of(write_png(tmp_path / "a.png", 3))
    assert isinstance(outcome, Decoded)
    (frame,) = outcome.frames
    assert (frame.number, frame.width, frame.height) == (0, 64, 64)
    assert frame.content == content_hash(picture(3))
    assert frame.prepared.shape == (32, 32)
    assert frame.thumbnail.startswith(b"\xff\xd8\xff")
    assert outcome.identity is None
    assert outcome.metadata is None


def test_a_dicom_instance_and_what_it_says(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "a", 3, PatientID="P1", PatientAge="095Y", PatientSex="F")
    outcome = outcome_of(path)
    assert isinstance(outcome, Decoded)
    assert outcome.frames[0].content == content_hash(picture(3))
    assert outcome.identity is not None
    assert outcome.identity.patient == "P1"
    assert outcome.metadata is not None
    assert outcome.metadata.modality.value == "CT"
    assert outcome.metadata.anatomy.value == "chest"
    assert (outcome.metadata.age, outcome.metadata.sex) == (90, "F")
    assert outcome.metadata.patient is None  # a pseudonym is the library's to make


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.png", b"", RejectCode.EMPTY),
        ("a.dcm", b"", RejectCode.NOT_DICOM),
        ("a.png", b"notes on a patient", RejectCode.NOT_AN_IMAGE),
        ("a.dcm", b"notes on a patient", RejectCode.NOT_DICOM),
        ("a.jpg", b"\xff\xd8\xff\xe0 and nothing more", RejectCode.TRUNCATED),
    ],
)
def test_what_is_named_as_an_image_and_is_none_is_rejected(
    tmp_path: Path, name: str, content: bytes, code: RejectCode
) -> None:
    assert code_of(written(tmp_path / name, content)) == code


@pytest.mark.parametrize("name", ["README", "a.txt", "a.xml", "a.csv"])
@pytest.mark.parametrize("content", [b"", b"notes on a patient"])
def test_what_never_claimed_to_be_an_image_is_skipped(
    tmp_path: Path, name: str, content: bytes
) -> None:
    assert outcome_of(written(tmp_path / name, content)) == Skipped()


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif", "bmp"])
def test_a_picture_that_is_cut_is_rejected(tmp_path: Path, suffix: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (96, 96), dtype=np.uint8)
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(noise).save(path)
    assert isinstance(outcome_of(path), Decoded)
    written(path, path.read_bytes()[: path.stat().st_size // 2])
    assert code_of(path) in (RejectCode.TRUNCATED, RejectCode.PIXEL_DECODE)


def test_a_dicom_file_that_is_cut_at_400_bytes_is_rejected(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "a.dcm", 1)
    assert path.stat().st_size > 4000
    assert code_of(written(path, path.read_bytes()[:400])) == RejectCode.TRUNCATED


def test_dicom_pixels_that_are_cut_are_rejected(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "a", 1)
    assert code_of(written(path, path.read_bytes()[:-1000])) == RejectCode.TRUNCATED


def test_dicom_without_its_pixels_is_rejected(tmp_path: Path) -> None:
    content = write_dicom(tmp_path / "a", 1).read_bytes()
    pixels = content.index(b"\xe0\x7f\x10\x00")
    assert code_of(written(tmp_path / "b", content[:pixels])) == RejectCode.TRUNCATED


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_dicom_image_that_is_cut_anywhere_is_rejected_and_never_passed_over(
    tmp_path: Path, data: st.DataObject
) -> None:
    content = write_dicom(tmp_path / "a", 1).read_bytes()
    header = content.index(b"\xe0\x7f\x10\x00") + 12
    cut = data.draw(
        st.integers(_DICOM_PREAMBLE, header) | st.integers(header, len(content) - 1), label="cut at"
    )
    assert isinstance(outcome_of(content[:cut]), Rejected)


def test_of_many_frames_some_are_taken_evenly(tmp_path: Path) -> None:
    frames = np.stack([picture(seed, 32) for seed in range(40)])
    outcome = outcome_of(write_dicom(tmp_path / "a", frames), frames=4)
    assert isinstance(outcome, Decoded)
    assert [frame.number for frame in outcome.frames] == [0, 13, 26, 39]
    assert len({frame.content for frame in outcome.frames}) == 4


@pytest.mark.parametrize("modality", ["SR", "SEG", "RTPLAN", "KO"])
def test_dicom_that_is_no_picture_of_a_patient_is_skipped(tmp_path: Path, modality: str) -> None:
    assert outcome_of(write_dicom(tmp_path / "a.dcm", 1, Modality=modality)) == Skipped()


@pytest.mark.parametrize(
    "attribute",
    ["Rows", "Columns", "BitsAllocated", "SamplesPerPixel", "PhotometricInterpretation"],
)
def test_an_attribute_that_is_missing_is_named_by_its_code(tmp_path: Path, attribute: str) -> None:
    path = write_dicom(tmp_path / "a.dcm", 1, **{attribute: None})
    assert code_of(path) == RejectCode.INVALID_ATTRIBUTES


def test_files_that_are_gone_are_folders_or_are_too_large(tmp_path: Path) -> None:
    assert code_of(tmp_path / "gone.png") == RejectCode.MISSING_FILE
    (tmp_path / "folder.png").mkdir()
    assert code_of(tmp_path / "folder.png") == RejectCode.UNREADABLE
    large = write_png(tmp_path / "large.png", 1)
    os.truncate(large, 3 * 1024**3)  # sparse: it takes no room
    assert code_of(large) == RejectCode.RESOURCE_LIMIT


def test_no_reason_holds_words_of_the_file(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "DOE^JANE.dcm", 1, PatientName="DOE^JANE", Rows=None)
    outcome = outcome_of(path)
    assert isinstance(outcome, Rejected)
    assert "DOE" not in outcome.reason


def test_the_rendering_is_the_one_that_is_asked_for(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "a.dcm", 3, WindowCenter=20, WindowWidth=10)
    contents = {}
    for rendering in ("stored-window", "percentile"):
        outcome = outcome_of(path, rendering=rendering)
        assert isinstance(outcome, Decoded)
        contents[rendering] = outcome.frames[0].content
    assert contents["stored-window"] != contents["percentile"]


@pytest.mark.parametrize(
    ("withheld", "modality", "shown"),
    [({"US"}, "US", False), ({"US"}, "CT", True), (set(), "US", True), ({"OT"}, "US", True)],
)
def test_thumbnails_are_withheld_of_the_modalities_that_are_named(
    tmp_path: Path, withheld: set[str], modality: str, shown: bool
) -> None:
    path = write_dicom(tmp_path / "a.dcm", 3, Modality=modality)
    outcome = outcome_of(path, withheld=frozenset(withheld))
    assert isinstance(outcome, Decoded)
    assert [frame.thumbnail is not None for frame in outcome.frames] == [shown]


@pytest.mark.parametrize("error", [RecursionError, MemoryError])
def test_what_is_too_much_for_a_decoder_is_a_resource_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(image, "read_dicom", fails)
    assert code_of(write_dicom(tmp_path / "a.dcm", 3)) == RejectCode.RESOURCE_LIMIT


def test_a_zip_that_is_named_otherwise_is_no_image(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "viewer.jar", {"a.png": b"x"})
    assert outcome_of(archive) == Skipped()
