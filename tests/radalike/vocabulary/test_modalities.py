"""Modality groups, by code, by word and by SOP class."""

from __future__ import annotations

import pytest
from pydicom.uid import UID

from radalike.records import UNKNOWN, Term
from radalike.vocabulary import MODALITY_GROUPS, NOT_IMAGES, modality_of_class, modality_term
from radalike.vocabulary.modalities import _CLASS_TO_MODALITY


@pytest.mark.parametrize(
    ("word", "group"),
    [
        ("CT", "CT"),
        ("ct ", "CT"),
        ("Computed Tomography", "CT"),
        ("MRI", "MR"),
        ("mr", "MR"),
        ("IVUS", "US"),
        ("ultrasound", "US"),
        ("CR", "XR"),
        ("DX", "XR"),
        ("RG", "XR"),
        ("X-Ray", "XR"),
        ("MG", "MG"),
        ("XA", "XA"),
        ("RF", "RF"),
        ("PX", "PX"),
        ("PET", "PT"),
        ("SPECT", "NM"),
    ],
)
def test_modality(word: str, group: str) -> None:
    assert modality_term(word, "Modality") == Term(group, "Modality", 1.0)


@pytest.mark.parametrize("word", ["OT", "SC", "", None, "CT2", "SEG"])
def test_a_modality_that_is_none_of_ours_is_unknown(word: str | None) -> None:
    assert modality_term(word, "Modality") == Term(UNKNOWN, "none", 0.0)


@pytest.mark.parametrize(
    ("sop_class", "group"),
    [
        ("1.2.840.10008.5.1.4.1.1.2", "CT"),
        ("1.2.840.10008.5.1.4.1.1.4.1", "MR"),
        ("1.2.840.10008.5.1.4.1.1.6.1", "US"),
        ("1.2.840.10008.5.1.4.1.1.1.1", "XR"),
        ("1.2.840.10008.5.1.4.1.1.1.2", "MG"),
        ("1.2.840.10008.5.1.4.1.1.7", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_modality_of_class(sop_class: str, group: str) -> None:
    assert modality_of_class(sop_class).value == group


@pytest.mark.parametrize("sop_class", _CLASS_TO_MODALITY)
def test_every_class_is_an_image_storage_of_the_standard(sop_class: str) -> None:
    name = UID(sop_class).name
    assert name.rpartition(" - ")[0].endswith("Storage") or "Storage" in name


def test_no_word_is_of_two_groups_and_no_image_is_none() -> None:
    words = [word for listed in MODALITY_GROUPS.values() for word in listed]
    assert len(set(words)) == len(words)
    assert not NOT_IMAGES & set(words)
