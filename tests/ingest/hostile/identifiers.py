"""Files whose texts are meant for another program than ours: identifiers that climb, markup,
escapes; or that do not say whom they show."""

from __future__ import annotations

import struct

import numpy as np
from pydicom.uid import UID

from tests.ingest.hostile.instances import dataset_start, instance, whole
from tests.radalike.imaging.dicom.datasets import encoded

CLASH = "1.2.826.0.1.3680043.10.543.77"


def clash(seed: int) -> bytes:
    """The same instance each time, with other pixels for another seed."""
    pixels = np.random.default_rng(seed).integers(0, 999, (16, 16), dtype=np.int16)
    return whole("clash", pixels, SOPInstanceUID=CLASH)


def identifiers_that_climb() -> bytes:
    return whole(
        "climbing",
        SOPInstanceUID="../../x",
        SeriesInstanceUID="../../../y",
        StudyInstanceUID="/tmp/z",
        PatientID="../../../../etc/passwd",
    )


def names_with_markup() -> bytes:
    script = "<script>alert(1)</script>"
    return whole(
        "markup",
        PatientName=script,
        SeriesDescription=f"CHEST {script}",
        BodyPartExamined="<IMG SRC=X ONERROR=ALERT>",
        Manufacturer=script,
    )


def names_with_escapes() -> bytes:
    data = whole("escapes", PatientName="Z" * 16, SeriesDescription="Y" * 12)
    escaped = data.replace(b"Z" * 16, b"\x1b[31mRED\x1b]0;t\x07\x1b[")
    return escaped.replace(b"Y" * 12, b"\x1b[2J\x1b[Hx\r\n\0\x08")


def bogus_character_set() -> bytes:
    data = whole("charset", SpecificCharacterSet="ISO_IR 9999", PatientName="Z" * 8)
    return data.replace(b"Z" * 8, b"\xff\xfe\x1b$B\x80\x81\xc3")


def nobody_s(study: str) -> bytes:
    """Without a PatientID, in a study named `study`."""
    return whole(f"nobody {study}", PatientID=None, StudyInstanceUID=study)


def nobody_s_and_no_study_s() -> bytes:
    return whole("nobody at all", PatientID="", StudyInstanceUID=None, SeriesInstanceUID=None)


def no_instance() -> bytes:
    """Without a SOPInstanceUID: identified by where it lies."""
    made = instance("no instance", SOPInstanceUID="1.2")
    del made.SOPInstanceUID
    made.file_meta.MediaStorageSOPInstanceUID = UID("1.2")
    return encoded(made)


def attributes_of_another_kind() -> bytes:
    """Texts that say they are double floats (VR FD), and are none by their lengths."""
    texts = {
        0x00080008: ("ImageType", ["ORIGINAL", "PRIMARY", "AXIAL"]),
        0x00080070: ("Manufacturer", "Somebody or other"),
        0x0008103E: ("SeriesDescription", "a series"),
        0x00100010: ("PatientName", "Nobody^Jane"),
        0x00100040: ("PatientSex", "F"),
        0x00101010: ("PatientAge", "041Y"),
        0x00180015: ("BodyPartExamined", "CHEST"),
        0x00180050: ("SliceThickness", "1.25"),
        0x0020000D: ("StudyInstanceUID", "1.2.3.9"),
        0x00200037: ("ImageOrientationPatient", [1, 0, 0, 0, 1, 0]),
        0x00200060: ("Laterality", "R"),
    }
    data = whole("another kind", **dict(texts.values()))
    for tag in texts:
        packed = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
        start = data.index(packed, dataset_start(data))
        data = data[: start + 4] + b"FD" + data[start + 6 :]
    return data


def date_for_rows() -> bytes:
    """A birth date where the number of rows should be: it must not be quoted as a size."""
    data = whole("date for rows", PatientBirthDate="19530614")
    rows = data.index(b"\x28\x00\x10\x00US", dataset_start(data))
    return data[: rows + 4] + b"DA\x08\x0019530614" + data[rows + 10 :]
