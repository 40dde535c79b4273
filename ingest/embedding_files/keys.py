"""File paths and HDF5 keys: which name the same, and compact sets of millions of them."""

from __future__ import annotations

import hashlib
from array import array

import numpy as np
import numpy.typing as npt


def key_of(filepath: str) -> str:
    """The HDF5 key that `filepath` means: HDF5 ignores empty components and `.` (HDF5 user guide,
    "HDF5 path names"); `..` means nothing to it, and is left."""
    return "/".join(part for part in filepath.split("/") if part not in ("", "."))


def leads_out(key: str) -> bool:
    return ".." in key.split("/")


def digest_of(key: str) -> int:
    """64 bits: among two million keys, two have the same with a chance of one in ten million, and
    are then reported as the same name."""
    encoded = key.encode("utf-8", "surrogateescape")
    return int.from_bytes(hashlib.blake2b(encoded, digest_size=8).digest())


class KeySet:
    """Digests of keys, eight bytes each. They are added first, and asked for afterwards."""

    def __init__(self) -> None:
        self._added = array("Q")
        self._sorted: npt.NDArray[np.uint64] | None = None

    def add(self, digest: int) -> None:
        self._added.append(digest)

    def __len__(self) -> int:
        return len(self._added)

    def __contains__(self, digest: int) -> bool:
        if self._sorted is None:
            self._sorted = np.sort(np.frombuffer(self._added, dtype=np.uint64))
        place = int(np.searchsorted(self._sorted, np.uint64(digest)))
        return place < len(self._sorted) and int(self._sorted[place]) == digest

    def repeated(self) -> frozenset[int]:
        """Those that were added more than once."""
        ordered = np.sort(np.frombuffer(self._added, dtype=np.uint64))
        return frozenset(ordered[1:][ordered[1:] == ordered[:-1]].tolist())
