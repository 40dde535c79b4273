"""The choices of how DICOM grey values become 8 bits. They are part of an encoder's fingerprint."""

from __future__ import annotations

from collections.abc import Mapping

STORED_WINDOW = "stored-window"
PERCENTILE = "percentile"

CT_PRESETS: Mapping[str, tuple[float, float]] = {
    "lung": (-600, 1500),
    "mediastinum": (50, 350),
    "brain": (40, 80),
    "bone": (400, 1800),
    "abdomen": (50, 400),
}
"""(centre, width) in Hounsfield units, the typical values of Murphy, Bell et al., "Windowing (CT)",
Radiopaedia, doi:10.53347/rID-52108 (abdomen: its soft tissue window)."""

RENDERINGS = (STORED_WINDOW, PERCENTILE, *CT_PRESETS)
