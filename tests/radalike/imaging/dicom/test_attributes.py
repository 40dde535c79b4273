"""Datasets that hold anything: never an error, never a word about the values."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag

from radalike.imaging.dicom.attributes import items, numbers, text, texts, whole_text
from radalike.imaging.dicom.metadata import dicom_metadata, evidence, identity

TAGS = (
    0x00080008,  # ImageType
    0x00080016,  # SOPClassUID
    0x00080020,  # StudyDate
    0x00080060,  # Modality
    0x00080070,  # Manufacturer
    0x00081030,  # StudyDescription
    0x0008103E,  # SeriesDescription
    0x00082218,  # AnatomicRegionSequence
    0x00100020,  # PatientID
    0x00100030,  # PatientBirthDate
    0x00100040,  # PatientSex
    0x00101010,  # PatientAge
    0x00180010,  # ContrastBolusAgent
    0x00180015,  # BodyPartExamined
    0x00180050,  # SliceThickness
    0x00181030,  # ProtocolName
    0x00185101,  # ViewPosition
    0x00200037,  # ImageOrientationPatient
    0x00200060,  # Laterality
    0x00540220,  # ViewCodeSequence
    0x52009229,  # SharedFunctionalGroupsSequence
    0x52009230,  # PerFrameFunctionalGroupsSequence
)
HOSTILE: dict[str, Any] = {
    "long": ("LO", "knee " * 200_000),
    "escape": ("LO", "\x1b[2J\x1b]0;planted\x07"),
    "charset": ("LO", b"\x1b$)C\xb1\xe8\xff\xfe"),
    "html": ("LO", "<script>planted()</script>"),
    "surrogates": ("LO", "\udcff\ud800"),
    "name": ("PN", "Planted^Jane=planted"),
    "several": ("LO", ["CHEST", "", "PLANTED"] * 1000),
    "number": ("US", 7),
    "float": ("FD", float("nan")),
    "infinite": ("FD", [float("inf")] * 6),
    "decimal": ("DS", "1.5"),
    "bytes": ("OB", b"\xff\xfe\0"),
    "null": ("LO", "\0" * 100),
    "sequence": ("SQ", Sequence([Dataset()])),
    "empty": ("LO", ""),
    "none": ("LO", None),
}


@pytest.mark.parametrize("tag", TAGS, ids="{:08x}".format)
@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_hostile_values(
    tag: int,
    kind: str,
    recwarn: pytest.WarningsRecorder,
    caplog: pytest.LogCaptureFixture,
) -> None:
    made = Dataset()
    representation, value = HOSTILE[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.add(DataElement(tag, representation, value, validation_mode=0))
    recwarn.clear()
    found, kept = dicom_metadata(made, "pacs"), evidence(made)
    identity(made)
    assert "planted" not in repr(found).lower()
    assert "\x1b" not in repr(found)
    assert len(kept.as_json()) < 10_000
    said = [str(each.message) for each in recwarn] + [each.getMessage() for each in caplog.records]
    assert said == []


@given(
    st.sampled_from(TAGS),
    st.sampled_from(["LO", "CS", "DS", "IS", "AS", "DA", "PN", "UI", "US", "FD", "SQ", "AT", "OB"]),
    st.binary(max_size=64),
)
def test_any_bytes_are_read_without_an_error(tag: int, representation: str, value: bytes) -> None:
    """As they come from a file: converted when they are read for the first time."""
    logging.getLogger("pydicom").disabled = True  # as the reader of files does
    made = Dataset()
    raw = RawDataElement(Tag(tag), representation, len(value), value, 0, False, True)
    made._dict[Tag(tag)] = raw
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = dicom_metadata(made, "pacs")
        evidence(made).as_json()
        identity(made)
    assert found.dataset == "pacs"


def test_reading() -> None:
    made = Dataset()
    made.BodyPartExamined = "KNEE"
    made.ImageType = ["ORIGINAL", "PRIMARY"]
    made.add(DataElement("ProtocolName", "LO", "p" * 200, validation_mode=0))
    made.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    made.ViewCodeSequence = Sequence([Dataset()])
    assert text(made, "BodyPartExamined") == "KNEE"
    assert text(made, "ImageType") == "ORIGINAL\\PRIMARY"
    assert texts(made, "ImageType") == ["ORIGINAL", "PRIMARY"]
    assert text(made, "ProtocolName") == "p" * 128
    assert whole_text(made, "ProtocolName") == "p" * 200
    assert numbers(made, "ImageOrientationPatient") == [1, 0, 0, 0, 1, 0]
    assert numbers(made, "BodyPartExamined") == []
    assert len(items(made, "ViewCodeSequence")) == 1
    assert items(made, "BodyPartExamined") == []
    assert (text(made, "Modality"), texts(made, "Modality")) == ("", [])
