"""Whom a file is of that is refused, so that it can be forgotten with its patient."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import BinaryIO

from pydicom import dcmread

from radalike.imaging.dicom.gates import inflated
from radalike.imaging.dicom.metadata import identity
from radalike.records import Identity

_TAGS = (
    "SOPInstanceUID",
    "SeriesInstanceUID",
    "StudyInstanceUID",
    "PatientID",
    "IssuerOfPatientID",
)


def claimed_identity(file: Path | bytes | BinaryIO) -> Identity | None:
    """Who a file says it is, however broken the rest of it; None where that cannot be read.

    Nothing limits what a hostile file makes of it: for a process whose memory and time are.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they quote values
        try:
            source = io.BytesIO(inflated(file)) if isinstance(file, bytes) else file
            dataset = dcmread(
                source, stop_before_pixels=True, force=True, specific_tags=list(_TAGS)
            )
            return identity(dataset) if len(dataset) else None
        except Exception:  # noqa: BLE001 - a broken file raises anything
            return None
