"""The choices of how DICOM grey values become 8 bits. They are part of an encoder's fingerprint."""

from __future__ import annotations

import math
from collections.abc import Mapping

from radalike.errors import UsageError

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


def check_window(centre: float, width: float) -> None:
    """Refuse a window that nothing can be seen through: a linear one is `width - 1` wide, and so
    has no meaning below 1 (PS3.3 C.11.2.1.2). Raises UsageError."""
    if math.isfinite(centre) and math.isfinite(width) and width >= 1:
        return
    raise UsageError(
        f"a window with centre {centre:g} and width {width:g}",
        hint="centre and width are finite numbers in the image's own units, the width at least 1",
    )
