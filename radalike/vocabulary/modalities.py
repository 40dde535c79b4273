"""Modality groups (DICOM PS3.3 C.7.3.1.1.1), and what SOP classes say of them (PS3.4 B.5)."""

from __future__ import annotations

from collections.abc import Mapping

from radalike.records import Term

MODALITY_GROUPS: Mapping[str, tuple[str, ...]] = {
    "CT": ("CT", "COMPUTED TOMOGRAPHY", "CAT"),
    "MR": ("MR", "MRI", "MAGNETIC RESONANCE"),
    "US": ("US", "ULTRASOUND", "SONOGRAPHY", "IVUS"),
    "XR": ("XR", "CR", "DX", "RG", "X-RAY", "XRAY", "RADIOGRAPH", "RADIOGRAPHY"),
    "MG": ("MG", "MAMMOGRAPHY"),
    "XA": ("XA", "ANGIOGRAPHY"),
    "RF": ("RF", "FLUOROSCOPY"),
    "PX": ("PX", "PANORAMIC"),
    "NM": ("NM", "SPECT", "SCINTIGRAPHY"),
    "PT": ("PT", "PET"),
}

NOT_IMAGES = frozenset(
    "SEG SR PR KO RTPLAN RTSTRUCT RTDOSE RTRECORD RTIMAGE DOC ECG HD AU REG PLAN".split()
)
"""DICOM modalities that are no pictures of a patient: skipped and counted."""

_STORAGE = "1.2.840.10008.5.1.4.1.1."
_CLASSES: Mapping[str, str] = {
    "CT": "2 2.1 2.2",
    "MR": "4 4.1 4.3 4.4",
    "US": "3 3.1 6 6.1 6.2",
    "XR": "1 1.1 1.1.1",
    "MG": "1.2 1.2.1 13.1.3 13.1.4 13.1.5",
    "XA": "12.1 12.1.1 12.3 13.1.1",
    "RF": "12.2 12.2.1",
    "PX": "1.3 1.3.1 13.1.2",
    "NM": "5 20",
    "PT": "128 128.1 130",
}
_WORD_TO_MODALITY: Mapping[str, str] = {
    word: group for group, words in MODALITY_GROUPS.items() for word in words
}
_CLASS_TO_MODALITY: Mapping[str, str] = {
    _STORAGE + number: group for group, numbers in _CLASSES.items() for number in numbers.split()
}


def modality_term(value: str | None, source: str) -> Term:
    """The modality group of a DICOM modality code or a manifest's word; unknown when new."""
    group = _WORD_TO_MODALITY.get((value or "").strip().upper())
    return Term(group, source, 1.0) if group else Term()


def modality_of_class(sop_class: str) -> Term:
    """The modality group whose images a SOP class stores; unknown for one that takes any."""
    group = _CLASS_TO_MODALITY.get(sop_class.strip())
    return Term(group, "SOPClassUID", 0.9) if group else Term()
