"""The choices of how DICOM grey values become 8 bits. They are part of an encoder's fingerprint."""

from __future__ import annotations

RENDERINGS = (
    "stored-window",
    "percentile",
    "lung",
    "mediastinum",
    "brain",
    "bone",
    "abdomen",
)
