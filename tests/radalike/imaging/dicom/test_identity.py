"""The identifiers that a site may keep: an allow-list, whatever the file holds."""

from __future__ import annotations

from contextlib import suppress

import pytest
from pydicom.dataset import Dataset

from radalike.imaging.dicom.identity import IDENTIFIERS, full_identity


def test_only_what_is_on_the_list_and_there() -> None:
    dataset = Dataset()
    dataset.PatientID, dataset.PatientName = "MRN-1", "Doe^Jane"
    dataset.StudyDate, dataset.AccessionNumber = "20200102", ""
    dataset.InstitutionName, dataset.PatientComments = "Klinikum", "a comment"
    assert full_identity(dataset) == {
        "PatientID": "MRN-1",
        "PatientName": "Doe^Jane",
        "StudyDate": "20200102",
    }
    assert full_identity(Dataset()) == {}


@pytest.mark.filterwarnings("ignore")  # of setting such a value
def test_a_long_value_is_cut() -> None:
    dataset = Dataset()
    dataset.PatientComments = dataset.OtherPatientNames = "no part of it"
    dataset.AccessionNumber = "x" * 100_000
    assert full_identity(dataset)["AccessionNumber"] == "x" * 1024


@pytest.mark.filterwarnings("ignore")  # of setting such values; reading them must not warn
@pytest.mark.parametrize("value", ["x" * 100_000, "a\\b\\c", "\x1b$B bad", "<b>", b"\xff\xfe"])
@pytest.mark.parametrize("keyword", IDENTIFIERS)
def test_hostile_values_are_text_of_limited_length(keyword: str, value: str | bytes) -> None:
    dataset = Dataset()
    with suppress(TypeError, ValueError):  # not every value can be set
        setattr(dataset, keyword, value)
    found = full_identity(dataset)
    assert all(isinstance(text, str) and len(text) <= 1024 for text in found.values())
    for text in found.values():
        text.encode()
