"""The identifiers of a DICOM file, for sites that choose to keep them (setting `keep_identity`).

An allow-list, as all that is copied out of a file; nothing here is read unless it is asked for.
"""

from __future__ import annotations

import warnings

from pydicom.dataset import Dataset

IDENTIFIERS = (
    "PatientID",
    "IssuerOfPatientID",
    "PatientName",
    "PatientBirthDate",
    "AccessionNumber",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "StudyDate",
)
_LONGEST = 1024  # characters; a person's name (PS3.5 6.2, PN) takes at most 3 x 64


def full_identity(dataset: Dataset) -> dict[str, str]:
    """Text by keyword, of those of IDENTIFIERS that have a value which can be read."""
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they quote the values
        for keyword in IDENTIFIERS:
            text = _text(dataset, keyword)
            if text:
                found[keyword] = text
    return found


def _text(dataset: Dataset, keyword: str) -> str:
    try:
        text = str(dataset.get(keyword) or "").strip("\0 ")[:_LONGEST]
    except Exception:  # noqa: BLE001 - a hostile value raises anything, and is no identifier
        return ""
    return text.encode("utf-8", "replace").decode()
