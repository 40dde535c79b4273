"""From which side an image shows what it shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydicom.dataset import Dataset

from radalike.imaging.dicom.attributes import group_items, items, numbers, text

_VIEWS = {
    **dict.fromkeys(("PA",), "PA"),
    **dict.fromkeys(("AP",), "AP"),
    **dict.fromkeys(("LL", "RL", "LAT", "LATERAL", "LLD", "RLD", "ML", "LM"), "lateral"),
    **dict.fromkeys(("RAO", "LAO", "RPO", "LPO", "RLO", "LLO", "OBL", "OBLIQUE"), "oblique"),
    **dict.fromkeys(("CC", "XCC", "XCCL", "XCCM", "FB"), "CC"),
    **dict.fromkeys(("MLO", "LMO", "SIO"), "MLO"),
    **dict.fromkeys(("AXIAL",), "axial"),
}
"""Of ViewPosition (PS3.3 C.8.7.1.1.1; of mammograms, PS3.3 C.8.11.7 and CID 4014)."""

_CODES = {
    "PA": "272479007 R-40888",
    "AP": "399348003 R-10206",
    "lateral": (
        "399067008 R-102CD 399198007 R-10232 399173006 R-10236 399352003 R-10228 "
        "399260004 R-10224 30730003 G-A145"
    ),
    "oblique": (
        "399182000 R-102C1 399225005 R-10250 399059000 R-10216 399038007 R-10210 "
        "399135007 R-10220 399356000 R-40985 399006002 R-10212 399312000 R-10208 "
        "399160007 R-10204 399236003 R-10234 399184004 R-10238 260427002 R-40783 "
        "260426006 R-40782 399288005 R-10248 399004004 R-10246"
    ),
    "CC": "399162004 R-10242 399196006 R-10244 399192008 R-1024A 399101009 R-1024B",
    "MLO": "399368009 R-10226 399099002 R-10230 399188001 R-102D0",
    "axial": "399061009 R-10241",
}
_VIEW_OF_CODE = {code: view for view, codes in _CODES.items() for code in codes.split()}
"""Of ViewCodeSequence (PS3.16 CID 4010 and CID 4014)."""

_PLANES = ("sagittal", "coronal", "axial")
_NEAR = 0.7
"""Cosine between a plane's normal and an axis of the body from which it is named after it."""


def view_of(dataset: Dataset) -> str | None:
    """PA, AP, lateral, oblique, CC or MLO of a projection, axial, coronal, sagittal or oblique of
    a slice; None where nothing says it."""
    position = _VIEWS.get(text(dataset, "ViewPosition").upper())
    if position is not None:
        return position
    for item in items(dataset, "ViewCodeSequence"):
        coded = _VIEW_OF_CODE.get(text(item, "CodeValue"))
        if coded is not None:
            return coded
    orientation = numbers(dataset, "ImageOrientationPatient")
    for item in group_items(dataset, "PlaneOrientationSequence")[:1]:
        orientation = orientation or numbers(item, "ImageOrientationPatient")
    return _plane(orientation)


def _plane(orientation: Sequence[float]) -> str | None:
    """The plane of two direction cosines, after the axis its normal is nearest to
    (PS3.3 C.7.6.2.1.1); `oblique` when it is near none."""
    if len(orientation) != 6 or max(map(abs, orientation)) > 2:
        return None
    row, column = np.asarray(orientation, dtype=np.float64).reshape(2, 3)
    normal = np.abs(np.cross(row, column))
    if np.linalg.norm(normal) < _NEAR:  # these are no directions at right angles
        return None
    return _PLANES[int(normal.argmax())] if normal.max() >= _NEAR else "oblique"
