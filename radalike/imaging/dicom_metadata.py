"""What is copied out of a DICOM dataset: an allow-list, in two parts.

`identity` holds the identifiers that pseudonyms are made of; it lives in memory only.
`dicom_metadata` holds what may be stored and filtered by.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from radalike.records import Metadata, Term
from radalike.vocabulary import REGIONS, anatomy_term, modality_term, region_of_code

OLDEST_AGE = 90
"""Ages of 90 and over are one group (HIPAA safe harbour, 45 CFR 164.514)."""

_MODALITY_OF_CLASS = {
    "1.2.840.10008.5.1.4.1.1.1": "CR",
    "1.2.840.10008.5.1.4.1.1.1.1": "DX",
    "1.2.840.10008.5.1.4.1.1.2": "CT",
    "1.2.840.10008.5.1.4.1.1.2.1": "CT",
    "1.2.840.10008.5.1.4.1.1.4": "MR",
    "1.2.840.10008.5.1.4.1.1.4.1": "MR",
    "1.2.840.10008.5.1.4.1.1.6.1": "US",
    "1.2.840.10008.5.1.4.1.1.3.1": "US",
    "1.2.840.10008.5.1.4.1.1.1.2": "MG",
}


@dataclass(frozen=True, slots=True)
class Identity:
    """The identifiers of an instance, as the file has them; empty where it has none."""

    instance: str
    series: str
    study: str
    patient: str
    issuer: str


@contextmanager
def _silent() -> Iterator[None]:
    """Values are converted when they are read, and warned about with the values themselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def identity(dataset: Dataset) -> Identity:
    with _silent():
        return _identity(dataset)


def _identity(dataset: Dataset) -> Identity:
    return Identity(
        instance=_text(dataset, "SOPInstanceUID"),
        series=_text(dataset, "SeriesInstanceUID"),
        study=_text(dataset, "StudyInstanceUID"),
        patient=_text(dataset, "PatientID"),
        issuer=_text(dataset, "IssuerOfPatientID"),
    )


def dicom_metadata(dataset: Dataset, name: str) -> Metadata:
    """What may be stored of an instance of data set `name`; pseudonyms are added by the library."""
    with _silent():
        return _metadata(dataset, name)


def _metadata(dataset: Dataset, name: str) -> Metadata:
    modality = modality_term(_text(dataset, "Modality"), "Modality")
    if modality == Term():
        code = _MODALITY_OF_CLASS.get(_text(dataset, "SOPClassUID"))
        modality = Term(modality_term(code, "").value, "SOPClassUID", 0.9) if code else modality
    anatomy, organ = _anatomy(dataset)
    return Metadata(
        dataset=name,
        modality=modality,
        anatomy=anatomy,
        organ=organ,
        view=_view(dataset),
        laterality=_one_of(dataset, ("ImageLaterality", "Laterality"), "L", "R", "B"),
        sex=_one_of(dataset, ("PatientSex",), "F", "M", "O"),
        age=_age(_text(dataset, "PatientAge")),
        year=_year(_text(dataset, "StudyDate")),
    )


def _text(dataset: Dataset, keyword: str) -> str:
    """The attribute's text, empty when it is absent or cannot be read."""
    try:
        value = dataset.get(keyword)
    except (ValueError, TypeError, NotImplementedError, KeyError):
        return ""
    return "" if value is None else str(value).strip("\0 ")


def _anatomy(dataset: Dataset) -> tuple[Term, str | None]:
    for code, meaning in _region_codes(dataset):
        region = region_of_code(code)
        if region:
            return Term(region, "AnatomicRegionSequence", 1.0), None
        if meaning:
            term, organ = anatomy_term([(meaning, "AnatomicRegionSequence", 0.95)])
            if term.value in REGIONS:
                return term, organ
    described = ("ProtocolName", "SeriesDescription", "StudyDescription")
    candidates = [("BodyPartExamined", 0.85), *((keyword, 0.6) for keyword in described)]
    return anatomy_term((_text(dataset, keyword), keyword, trust) for keyword, trust in candidates)


def _region_codes(dataset: Dataset) -> Iterator[tuple[str, str]]:
    holders = [dataset]
    for groups in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for item in _sequence(dataset, groups)[:1]:
            holders += _sequence(item, "FrameAnatomySequence")
    for holder in holders:
        for item in _sequence(holder, "AnatomicRegionSequence"):
            yield _text(item, "CodeValue"), _text(item, "CodeMeaning")


def _sequence(dataset: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence; none where it is absent or something else stands in its place."""
    try:
        value = dataset.get(keyword)
    except (ValueError, TypeError, NotImplementedError, KeyError, AttributeError):
        return []
    return list(value) if isinstance(value, Sequence) else []


def _view(dataset: Dataset) -> str | None:
    position = _text(dataset, "ViewPosition").upper()
    if position in ("PA", "AP"):
        return position
    if position in ("LL", "RL", "LAT", "LATERAL", "ML"):
        return "lateral"
    orientation = dataset.get("ImageOrientationPatient")
    try:
        cosines = np.asarray(orientation, dtype=np.float64).reshape(2, 3)
    except (ValueError, TypeError):
        return None
    normal = np.abs(np.cross(cosines[0], cosines[1]))
    # The plane is named after the axis its normal is nearest to (PS3.3 C.7.6.2.1.1).
    if not np.isfinite(normal).all() or normal.max() < 0.7:
        return None
    return ("sagittal", "coronal", "axial")[int(normal.argmax())]


def _one_of(dataset: Dataset, keywords: tuple[str, ...], *allowed: str) -> str | None:
    for keyword in keywords:
        value = _text(dataset, keyword).upper()
        if value in allowed:
            return value
    return None


def _age(text: str) -> int | None:
    """Whole years of an age string (PS3.5 6.2, AS); OLDEST_AGE stands for that and over."""
    if not re.fullmatch(r"[0-9]{3}[DWMY]", text):
        return None
    per_year = {"D": 365, "W": 52, "M": 12, "Y": 1}[text[3]]
    return min(int(text[:3]) // per_year, OLDEST_AGE)


def _year(text: str) -> int | None:
    return int(text[:4]) if re.match(r"[0-9]{4}", text) else None
