"""What is copied out of a dataset, and that nothing else ever is."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from radalike.imaging.dicom.image import read_dicom
from radalike.imaging.dicom.metadata import dicom_metadata, identity
from radalike.records import Identity, Metadata, Term
from tests.radalike.imaging.dicom.datasets import dataset, encoded


def metadata(made: Dataset) -> Metadata:
    """Of the dataset after it has been a file."""
    image = read_dicom(encoded(made))
    assert image is not None
    return dicom_metadata(image.dataset, "pacs")


def coded(value: str, meaning: str = "") -> Sequence:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "SCT", meaning
    return Sequence([item])


PLANTED: dict[str, Any] = {
    "PatientName": "Planted^Jane",
    "PatientID": "PLANTED-MRN",
    "OtherPatientIDs": "PLANTED-OTHER",
    "PatientBirthDate": "19331231",
    "PatientAddress": "Planted Road 1",
    "PatientTelephoneNumbers": "PLANTED-555",
    "PatientComments": "planted comment",
    "MilitaryRank": "planted rank",
    "EthnicGroup": "planted group",
    "AccessionNumber": "PLANTED-ACC",
    "StudyID": "PLANTED-STU",
    "StudyInstanceUID": "1.2.3.99991",
    "SeriesInstanceUID": "1.2.3.99992",
    "SOPInstanceUID": "1.2.3.99993",
    "FrameOfReferenceUID": "1.2.3.99994",
    "InstitutionName": "Planted Hospital",
    "InstitutionAddress": "Planted Square",
    "InstitutionalDepartmentName": "Planted Department",
    "ReferringPhysicianName": "Planted^Referrer",
    "PerformingPhysicianName": "Planted^Performer",
    "OperatorsName": "Planted^Operator",
    "StationName": "PLANTED-STATION",
    "DeviceSerialNumber": "PLANTED-SERIAL",
    "Manufacturer": "Planted Inc",
    "StudyDate": "20210407",
    "SeriesDate": "20210408",
    "AcquisitionDate": "20210409",
    "ContentDate": "20210410",
    "StudyTime": "112233",
    "StudyDescription": "chest of Planted Jane",
    "SeriesDescription": "planted series of Mr Planted",
    "ProtocolName": "planted protocol",
    "BodyPartExamined": "CHEST",
    "ImageComments": "planted image comment",
    "RequestedProcedureDescription": "planted procedure",
    "AdmissionID": "PLANTED-ADM",
    "PatientAge": "088Y",
    "PatientSex": "F",
}


def test_no_planted_identifier_comes_through() -> None:
    made = dataset(**PLANTED)
    made.add_new(0x00091001, "LO", "planted private")
    private = Dataset()
    private.PatientName = "Planted^Nested"
    made.RequestAttributesSequence = Sequence([private])
    shown = repr(metadata(made)).lower()
    for trace in ("planted", "jane", "0407", "04-07", "9999", "112233", "1933", "1231"):
        assert trace not in shown, trace


def test_all_that_comes_through() -> None:
    assert metadata(dataset(**PLANTED)) == Metadata(
        dataset="pacs",
        modality=Term("CT", "Modality", 1.0),
        anatomy=Term("chest", "BodyPartExamined", 0.85),
        sex="F",
        age=88,
        year=2021,
        manufacturer="other",
    )


def test_identifiers_are_kept_apart() -> None:
    found = identity(dataset(IssuerOfPatientID="ISSUER", **PLANTED))
    assert found == Identity(
        instance="1.2.3.99993",
        series="1.2.3.99992",
        study="1.2.3.99991",
        patient="PLANTED-MRN",
        issuer="ISSUER",
    )
    assert identity(dataset(SOPInstanceUID=None)).instance == ""


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("000D", 0),
        ("030D", 0),
        ("008M", 0),
        ("024M", 2),
        ("104W", 2),
        ("001Y", 1),
        ("060Y", 60),
        ("089Y", 89),
        ("090Y", 90),
        ("091Y", 90),
        ("119Y", 90),
        ("60", None),
        ("60Y", None),
        ("0060Y", None),
        ("06OY", None),
        ("060X", None),
        ("", None),
    ],
)
def test_age_in_years_and_none_over_ninety_is_told_apart(text: str, age: int | None) -> None:
    assert metadata(dataset(PatientAge=text)).age == age


@pytest.mark.parametrize(
    ("text", "year"),
    [("20240229", 2024), ("2024.02.29", 2024), ("", None), ("24", None), ("yesterday", None)],
)
def test_only_the_year_of_the_study(text: str, year: int | None) -> None:
    assert metadata(dataset(StudyDate=text)).year == year


@pytest.mark.parametrize(
    ("modality", "sop_class", "expected"),
    [
        ("MR", "1.2.840.10008.5.1.4.1.1.2", Term("MR", "Modality", 1.0)),
        ("OT", "1.2.840.10008.5.1.4.1.1.6.1", Term("US", "SOPClassUID", 0.9)),
        ("", "1.2.840.10008.5.1.4.1.1.1.1", Term("XR", "SOPClassUID", 0.9)),
        ("OT", "1.2.840.10008.5.1.4.1.1.7", Term()),
        ("ct", "", Term("CT", "Modality", 1.0)),
    ],
)
def test_modality(modality: str, sop_class: str, expected: Term) -> None:
    made = dataset(Modality=modality, SOPClassUID=sop_class)
    assert metadata(made).modality == expected


@pytest.mark.parametrize(
    ("attributes", "anatomy", "organ"),
    [
        (
            {"BodyPartExamined": "KIDNEY"},
            Term("abdomen_pelvis", "BodyPartExamined", 0.85),
            "kidney",
        ),
        ({"ProtocolName": "knee ap"}, Term("knee", "ProtocolName", 0.6), None),
        ({"SeriesDescription": "T1 brain"}, Term("brain", "SeriesDescription", 0.6), None),
        (
            {"BodyPartExamined": "HEAD FIRST", "StudyDescription": "MR shoulder"},
            Term("shoulder", "StudyDescription", 0.6),
            None,
        ),
        ({}, Term(), None),
        (
            {"AnatomicRegionSequence": coded("T-A0100"), "BodyPartExamined": "CHEST"},
            Term("brain", "AnatomicRegionSequence", 1.0),
            None,
        ),
        (
            {"AnatomicRegionSequence": coded("1", "Liver")},
            Term("abdomen_pelvis", "AnatomicRegionSequence", 0.95),
            "liver",
        ),
        (
            {"AnatomicRegionSequence": coded("1", "?"), "BodyPartExamined": "HIP"},
            Term("hip", "BodyPartExamined", 0.85),
            None,
        ),
    ],
)
def test_anatomy(attributes: dict[str, Any], anatomy: Term, organ: str | None) -> None:
    found = metadata(dataset(**attributes))
    assert (found.anatomy, found.organ) == (anatomy, organ)


def test_anatomy_of_an_enhanced_image_is_in_its_functional_groups() -> None:
    anatomy, group = Dataset(), Dataset()
    anatomy.AnatomicRegionSequence = coded("69748006")
    group.FrameAnatomySequence = Sequence([anatomy])
    found = metadata(dataset(SharedFunctionalGroupsSequence=Sequence([group])))
    assert found.anatomy == Term("thyroid", "FrameAnatomySequence", 1.0)


@pytest.mark.parametrize(
    ("position", "orientation", "view"),
    [
        ("PA", None, "PA"),
        ("ap", None, "AP"),
        ("LL", None, "lateral"),
        ("", [1, 0, 0, 0, 1, 0], "axial"),
        ("", [1, 0, 0, 0, 0, -1], "coronal"),
        ("", [0, 1, 0, 0, 0, -1], "sagittal"),
        ("", [0.98, 0.17, 0, -0.17, 0.98, 0], "axial"),
        ("", [1, 0, 0, 0, 0.6, 0.8], "coronal"),
        ("", [1, 0, 0, 1, 0, 0], None),
        ("", [1, 0, 0], None),
        ("", [0.707, -0.707, 0, 0.408, 0.408, -0.816], "oblique"),
        ("", [0, 0, 0, 0, 0, 0], None),
        ("", [1e30, 0, 0, 0, 1e30, 0], None),
        ("RLO", None, "oblique"),
        ("MLO", None, "MLO"),
        ("CC", None, "CC"),
        ("Jane Doe", None, None),
        ("", None, None),
    ],
)
def test_view(position: str, orientation: list[float] | None, view: str | None) -> None:
    made = dataset(ViewPosition=position)
    if orientation is not None:
        made.ImageOrientationPatient = orientation
    assert metadata(made).view == view


@pytest.mark.parametrize(
    ("attributes", "laterality", "sex"),
    [
        ({"ImageLaterality": "R", "Laterality": "L"}, "R", None),
        ({"Laterality": "l"}, "L", None),
        ({"ImageLaterality": "U", "Laterality": "B"}, "B", None),
        ({"PatientSex": "f"}, None, "F"),
        ({"PatientSex": "O"}, None, "O"),
        ({"PatientSex": "Jane"}, None, None),
    ],
)
def test_laterality_and_sex_are_of_a_closed_list(
    attributes: dict[str, Any], laterality: str | None, sex: str | None
) -> None:
    found = metadata(dataset(**attributes))
    assert (found.laterality, found.sex) == (laterality, sex)


@pytest.mark.parametrize(
    "elements",
    [
        {0x00101010: ("AS", "0²5Y")},
        {0x00080020: ("DA", "20²41212")},
        {0x00082218: ("LO", "Chest")},
        {0x52009229: ("LO", "Chest")},
        {0x52009230: ("US", 3)},
        {0x00200037: ("LO", ["1", "x", "", "0", "1", "0"])},
        {0x00200037: ("DS", "")},
        {0x00080060: ("US", 7)},
        {0x00080060: ("CS", "no such thing")},
        {0x00180015: ("CS", ["CHEST", "ABDOMEN"])},
        {0x00100040: ("OB", b"\xff\xfe")},
    ],
    ids=lambda elements: ",".join(f"{tag:08x}" for tag in elements),
)
def test_careless_values_are_read_as_unknown_and_never_raise(
    elements: dict[int, tuple[str, Any]],
) -> None:
    assert metadata(dataset(elements=elements)).dataset == "pacs"


def test_a_file_s_own_values_are_not_shown_in_warnings(recwarn: pytest.WarningsRecorder) -> None:
    """They would stand on the terminal and in the service's log; identifiers are among them."""
    warnings.simplefilter("always")
    made = dataset(SOPInstanceUID="1.2.PLANTED", StudyInstanceUID="PLANTED", PatientAge="PLANTED")
    image = read_dicom(encoded(made))
    assert image is not None
    assert identity(image.dataset).instance == "1.2.PLANTED"
    dicom_metadata(image.dataset, "pacs")
    assert [str(each.message) for each in recwarn] == []
