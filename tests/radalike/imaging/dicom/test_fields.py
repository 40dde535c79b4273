"""The fields of a dataset's metadata, one by one."""

from __future__ import annotations

from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from radalike.imaging.dicom.image import read_dicom
from radalike.imaging.dicom.metadata import dicom_metadata, evidence
from radalike.records import Metadata
from radalike.vocabulary import Evidence
from tests.radalike.imaging.dicom.datasets import dataset, encoded


def metadata(**attributes: Any) -> Metadata:
    """Of a dataset after it has been a file."""
    return dicom_metadata(read(**attributes), "pacs")


def read(**attributes: Any) -> Dataset:
    image = read_dicom(encoded(dataset(**attributes)))
    assert image is not None
    return image.dataset


def item(**attributes: Any) -> Sequence:
    made = Dataset()
    for name, value in attributes.items():
        setattr(made, name, value)
    return Sequence([made])


@pytest.mark.parametrize(
    ("age", "born", "seen", "years"),
    [
        ("", "19600101", "20240615", 64),
        ("", "19600615", "20240615", 64),
        ("", "19600616", "20240615", 63),
        ("", "1960.06.16", "2024.06.15", 63),
        ("", "19000101", "20240615", 90),
        ("", "18000101", "20240615", None),
        ("", "20250101", "20240615", None),
        ("", "19600230", "20240615", None),
        ("", "19600101", "", None),
        ("", "", "20240615", None),
        ("025Y", "19600101", "20240615", 25),
        ("999Y", "19600101", "20240615", 64),
        ("999Y", "", "", None),
        ("-10Y", "", "", None),
    ],
)
def test_age_from_the_dates_where_there_is_no_age(
    age: str, born: str, seen: str, years: int | None
) -> None:
    found = metadata(PatientAge=age, PatientBirthDate=born, StudyDate=seen)
    assert found.age == years
    assert "0101" not in repr(found)


@pytest.mark.parametrize(
    ("dates", "year"),
    [
        ({"StudyDate": "20240229"}, 2024),
        ({"SeriesDate": "20210101"}, 2021),
        ({"StudyDate": "", "AcquisitionDate": "20190101"}, 2019),
        ({"StudyDate": "00010101", "ContentDate": "20180101"}, 2018),
        ({"StudyDate": "17760704"}, None),
        ({"StudyDate": "21800101"}, 2180),
    ],
)
def test_year(dates: dict[str, str], year: int | None) -> None:
    assert metadata(**dates).year == year


@pytest.mark.parametrize(
    ("image_type", "sop_class", "kind"),
    [
        (["ORIGINAL", "PRIMARY", "AXIAL"], None, "original"),
        (["ORIGINAL", "PRIMARY", "LOCALIZER"], None, "localizer"),
        (["DERIVED", "SECONDARY", "SCOUT"], None, "localizer"),
        (["DERIVED", "SECONDARY", "REFORMATTED"], None, "derived"),
        (["DERIVED", "PRIMARY"], None, "derived"),
        (["ORIGINAL", "SECONDARY"], None, "secondary"),
        (["ORIGINAL", "PRIMARY"], "1.2.840.10008.5.1.4.1.1.7.4", "secondary"),
        (["Jane", "Doe"], None, None),
        (None, None, None),
    ],
)
def test_image_type(image_type: list[str] | None, sop_class: str | None, kind: str | None) -> None:
    given: dict[str, Any] = {} if image_type is None else {"ImageType": image_type}
    if sop_class:
        given["SOPClassUID"] = sop_class
    assert metadata(**given).image_type == kind


@pytest.mark.parametrize(
    ("value", "thickness"),
    [
        ("5", 5.0),
        ("0.625", 0.625),
        (["1.5", "3"], 1.5),
        ("0", None),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("1e300", None),
        ("thick", None),
        ("", None),
    ],
)
def test_slice_thickness(value: Any, thickness: float | None) -> None:
    made = read(elements={0x00180050: ("LO", value)})
    assert dicom_metadata(made, "pacs").slice_thickness == thickness


def test_manufacturer_and_contrast_are_words_of_ours() -> None:
    found = metadata(Manufacturer="SIEMENS", ContrastBolusAgent="Planted 350")
    assert (found.manufacturer, found.contrast) == ("siemens", "yes")
    assert metadata(ContrastBolusAgent="none").contrast == "no"
    assert metadata().contrast is None
    assert "Planted" not in repr(found)


def test_an_enhanced_image_is_read_from_its_functional_groups() -> None:
    group = item(
        PixelMeasuresSequence=item(SliceThickness="2.5"),
        PlaneOrientationSequence=item(ImageOrientationPatient=[0, 1, 0, 0, 0, -1]),
        FrameAnatomySequence=item(
            FrameLaterality="R",
            AnatomicRegionSequence=item(CodeValue="72696002", CodeMeaning="Knee"),
        ),
    )
    for name in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        found = metadata(**{name: group}, Laterality="L")
        assert found.slice_thickness == 2.5
        assert found.view == "sagittal"
        assert found.laterality == "R"
        assert (found.anatomy.value, found.anatomy.source) == ("knee", "FrameAnatomySequence")


def test_view_by_code() -> None:
    assert metadata(ViewCodeSequence=item(CodeValue="R-10226")).view == "MLO"
    assert metadata(ViewCodeSequence=item(CodeValue="399348003"), ViewPosition="?").view == "AP"
    assert metadata(ViewCodeSequence=item(CodeValue="0"), ViewPosition="LL").view == "lateral"


@pytest.mark.parametrize(
    ("attributes", "side"),
    [
        ({"BodyPartExamined": "KNEE", "SeriesDescription": "Knie rechts"}, "R"),
        ({"BodyPartExamined": "RKNEE", "Laterality": "L"}, "L"),
        (
            {
                "AnatomicRegionSequence": item(
                    CodeValue="72696002",
                    AnatomicRegionModifierSequence=item(CodeValue="7771000"),
                )
            },
            "L",
        ),
        ({"BodyPartExamined": "CHEST", "SeriesDescription": "left"}, None),
    ],
)
def test_laterality(attributes: dict[str, Any], side: str | None) -> None:
    assert metadata(**attributes).laterality == side


def test_evidence_is_what_the_terms_were_read_from_and_no_more() -> None:
    made = read(
        BodyPartExamined="KNEE",
        ProtocolName="p" * 300,
        SeriesDescription="series",
        StudyDescription="study",
        ImageLaterality="L",
        PatientName="Planted^Jane",
        AnatomicRegionSequence=item(CodeValue="72696002", CodeMeaning="Knee"),
    )
    found = evidence(made)
    assert found == Evidence(
        modality="CT",
        sop_class="1.2.840.10008.5.1.4.1.1.2",
        codes=(("72696002", "Knee"),),
        body_part="KNEE",
        protocol="p" * 128,
        series="series",
        study="study",
        side="L",
    )
    assert "Planted" not in found.as_json()
