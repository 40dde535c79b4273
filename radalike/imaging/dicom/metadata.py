"""What is copied out of a DICOM dataset: an allow-list, in three parts.

`identity` holds the identifiers that pseudonyms are made of; it lives in memory only.
`evidence` holds a file's own words of modality and region; it is stored encrypted only.
`dicom_metadata` holds what may be stored and filtered by: numbers, and words of ours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from pydicom.dataset import Dataset

from radalike.imaging.dicom.attributes import (
    group_items,
    items,
    numbers,
    silent,
    text,
    texts,
    whole_text,
)
from radalike.imaging.dicom.view_position import view_of
from radalike.records import Identity, Metadata
from radalike.vocabulary import Evidence, contrast_of, manufacturer_of, terms_of

OLDEST_AGE = 90
"""Ages of 90 and over are one group (HIPAA safe harbour, 45 CFR 164.514)."""
_MOST_YEARS = 130
_YEARS = range(1895, 3000)
"""The first radiograph is of 1895; dates that were shifted against identification lie ahead."""
_MOST_MILLIMETRES = 1000.0
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_LOCALIZERS = frozenset({"LOCALIZER", "SCOUT", "TOPOGRAM", "SURVEY"})
_SIDES = {"L": "L", "R": "R", "B": "B", "LEFT": "L", "RIGHT": "R", "BOTH": "B"}
_SIDES_OF_CODES = {
    **dict.fromkeys(("7771000", "G-A101"), "L"),
    **dict.fromkeys(("24028007", "G-A100"), "R"),
    **dict.fromkeys(("51440002", "G-A102"), "B"),
}
"""Laterality modifiers of a coded region (PS3.16 CID 244)."""


def identity(dataset: Dataset) -> Identity:
    with silent():
        return Identity(
            instance=whole_text(dataset, "SOPInstanceUID"),
            series=whole_text(dataset, "SeriesInstanceUID"),
            study=whole_text(dataset, "StudyInstanceUID"),
            patient=whole_text(dataset, "PatientID"),
            issuer=whole_text(dataset, "IssuerOfPatientID"),
        )


def evidence(dataset: Dataset) -> Evidence:
    """What modality, anatomy and side are read from; each text cut at 128 characters."""
    with silent():
        frames = group_items(dataset, "FrameAnatomySequence")
        regions = items(dataset, "AnatomicRegionSequence")
        frame_regions = [
            each for frame in frames for each in items(frame, "AnatomicRegionSequence")
        ]
        return Evidence(
            modality=text(dataset, "Modality"),
            sop_class=text(dataset, "SOPClassUID"),
            codes=_codes(regions),
            frame_codes=_codes(frame_regions),
            body_part=text(dataset, "BodyPartExamined"),
            protocol=text(dataset, "ProtocolName"),
            series=text(dataset, "SeriesDescription"),
            study=text(dataset, "StudyDescription"),
            side=_side(dataset, frames, [*regions, *frame_regions]),
        )


def dicom_metadata(dataset: Dataset, name: str, said: Evidence | None = None) -> Metadata:
    """What may be stored of an instance of data set `name`; pseudonyms are added by the library.

    `said`: its evidence, where the caller has read that already.
    The birth date is read for the age alone, and neither it nor a full date is kept.
    """
    terms = terms_of(said or evidence(dataset))
    with silent():
        sex = text(dataset, "PatientSex").upper()
        return Metadata(
            dataset=name,
            modality=terms.modality,
            anatomy=terms.anatomy,
            organ=terms.organ,
            laterality=terms.laterality,
            view=view_of(dataset),
            sex=sex if sex in ("F", "M", "O") else None,
            age=_age(dataset),
            year=_year(dataset),
            manufacturer=manufacturer_of(text(dataset, "Manufacturer")),
            slice_thickness=_slice_thickness(dataset),
            contrast=contrast_of(text(dataset, "ContrastBolusAgent")),
            image_type=_image_type(dataset),
        )


def _codes(regions: Sequence[Dataset]) -> tuple[tuple[str, str], ...]:
    return tuple((text(item, "CodeValue"), text(item, "CodeMeaning")) for item in regions)


def _side(dataset: Dataset, frames: list[Dataset], regions: list[Dataset]) -> str:
    """ImageLaterality before FrameLaterality before Laterality, which is of the whole series."""
    said = [text(dataset, "ImageLaterality")]
    said += [text(frame, "FrameLaterality") for frame in frames[:1]]
    said += [text(dataset, "Laterality")]
    for each in said:
        if each.upper() in _SIDES:
            return _SIDES[each.upper()]
    for region in regions:
        for modifier in items(region, "AnatomicRegionModifierSequence"):
            code = text(modifier, "CodeValue")
            if code in _SIDES_OF_CODES:
                return _SIDES_OF_CODES[code]
    return ""


def _age(dataset: Dataset) -> int | None:
    """Whole years, of PatientAge (PS3.5 6.2, AS) or from birth to study; OLDEST_AGE stands for
    that and over. None for what nobody can be."""
    years = _years_of_age_string(text(dataset, "PatientAge"))
    if years is None:
        born, seen = _date(dataset, "PatientBirthDate"), _date(dataset, "StudyDate")
        if born is None or seen is None:
            return None
        years = seen.year - born.year - ((seen.month, seen.day) < (born.month, born.day))
    return min(years, OLDEST_AGE) if 0 <= years <= _MOST_YEARS else None


def _years_of_age_string(age: str) -> int | None:
    if not re.fullmatch(r"[0-9]{3}[DWMY]", age):
        return None
    per_year = {"D": 365, "W": 52, "M": 12, "Y": 1}[age[3]]
    years = int(age[:3]) // per_year
    return years if years <= _MOST_YEARS else None


def _date(dataset: Dataset, keyword: str) -> date | None:
    """A full date (PS3.5 6.2, DA, and the ACR-NEMA form with dots)."""
    found = re.fullmatch(r"([0-9]{4})\.?([0-9]{2})\.?([0-9]{2})", text(dataset, keyword))
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _year(dataset: Dataset) -> int | None:
    for keyword in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"):
        found = re.match(r"[0-9]{4}(?=[0-9.]|$)", text(dataset, keyword))
        if found and int(found[0]) in _YEARS:
            return int(found[0])
    return None


def _slice_thickness(dataset: Dataset) -> float | None:
    """mm; the first value where there are several."""
    found = numbers(dataset, "SliceThickness")
    if not found:
        found = [
            number
            for measures in group_items(dataset, "PixelMeasuresSequence")[:1]
            for number in numbers(measures, "SliceThickness")
        ]
    return found[0] if found and 0 < found[0] <= _MOST_MILLIMETRES else None


def _image_type(dataset: Dataset) -> str | None:
    """`localizer`, `secondary`, `derived` or `original` (PS3.3 C.7.6.1.1.2), in this order:
    a derived localizer is a localizer, and a secondary capture is one whatever it says."""
    values = [value.upper() for value in texts(dataset, "ImageType")]
    if _LOCALIZERS & set(values[2:]):
        return "localizer"
    sop_class = text(dataset, "SOPClassUID")
    if sop_class == _SECONDARY_CAPTURE or sop_class.startswith(f"{_SECONDARY_CAPTURE}."):
        return "secondary"
    if values[:1] == ["DERIVED"]:
        return "derived"
    if values[1:2] == ["SECONDARY"]:
        return "secondary"
    return "original" if values[:1] == ["ORIGINAL"] else None
