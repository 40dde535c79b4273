"""The head of a DICOM file (PS3.10 7.1), for a dataset as it came over the network."""

from __future__ import annotations

import struct

# The root and the name under which pydicom writes files; ours are written in the same way.
_IMPLEMENTATION_CLASS = "1.2.826.0.1.3680043.8.498.1"
_IMPLEMENTATION_NAME = "RADALIKE"
_LONGEST_UID = 64


def file_head(sop_class: str, instance: str, transfer_syntax: str) -> bytes:
    """Preamble, `DICM` and file meta information: explicit VR little endian, a function of its
    arguments only. It names no application entity, neither the sender nor us."""
    elements = b"".join(
        (
            struct.pack("<HH2sHI", 0x0002, 0x0001, b"OB", 0, 2) + b"\x00\x01",
            _text(0x0002, b"UI", sop_class),
            _text(0x0003, b"UI", instance),
            _text(0x0010, b"UI", transfer_syntax),
            _text(0x0012, b"UI", _IMPLEMENTATION_CLASS),
            _text(0x0013, b"SH", _IMPLEMENTATION_NAME),
        )
    )
    length = struct.pack("<HH2sHI", 0x0002, 0x0000, b"UL", 4, len(elements))
    return bytes(128) + b"DICM" + length + elements


def _text(element: int, kind: bytes, value: str) -> bytes:
    """A short element of group 2: UIDs are padded with NUL, other texts with a space."""
    encoded = value.encode("ascii", "replace")[:_LONGEST_UID]
    if len(encoded) % 2:
        encoded += b"\0" if kind == b"UI" else b" "
    return struct.pack("<HH2sH", 0x0002, element, kind, len(encoded)) + encoded
