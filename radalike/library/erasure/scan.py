"""Searching files for thousands of byte strings at once.

Every needle is known by eight of its bytes (its anchor). Each position of a file is looked up in a
table of the anchors' hashes, with NumPy, at the same cost whether there are ten needles or a
million (the filter step of Rabin & Karp 1987); the few that match are compared whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from radalike.library.erasure.files import cannot_be_searched, every_file

_ANCHOR = 8
_BLOCK = 256 * 1024
_BITS = 22
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # Fibonacci hashing (Knuth, TAOCP 6.4)
_CANDIDATES = 256  # places within a needle that are considered for its anchor

Progress = Callable[[int, int], None]
"""Called with (files searched, files in all)."""


@dataclass(frozen=True, slots=True)
class Scan:
    """`found`: in how many files how many different needles are, added up."""

    files: int
    found: int


class Needles:
    """Byte strings of at least eight bytes."""

    def __init__(self, needles: Iterable[bytes]) -> None:
        self._by_anchor: dict[int, list[tuple[bytes, int]]] = {}
        self._longest = _ANCHOR
        for needle in set(needles):
            if len(needle) < _ANCHOR:
                raise ValueError(f"a needle of {len(needle)} bytes")
            offset = _anchor(needle)
            anchor = int.from_bytes(needle[offset : offset + _ANCHOR], "little")
            self._by_anchor.setdefault(anchor, []).append((needle, offset))
            self._longest = max(self._longest, len(needle))
        self._table = np.zeros(1 << _BITS, dtype=np.bool_)
        self._table[_hashes(np.fromiter(self._by_anchor, dtype=np.uint64))] = True

    def found_in(self, path: Path) -> set[bytes]:
        """The needles that are in the file; none when it has gone meanwhile."""
        found: set[bytes] = set()
        for block in _blocks(path, self._longest - 1):
            found |= self.found_in_bytes(block)
        return found

    def found_in_bytes(self, content: bytes) -> set[bytes]:
        found: set[bytes] = set()
        for shift in range(min(_ANCHOR, max(0, len(content) - _ANCHOR + 1))):
            count = (len(content) - shift) // _ANCHOR
            words = np.frombuffer(content, dtype="<u8", count=count, offset=shift)
            for place in np.flatnonzero(self._table[_hashes(words)]):
                at = int(place) * _ANCHOR + shift
                for needle, offset in self._by_anchor.get(int(words[place]), ()):
                    if at >= offset and content.startswith(needle, at - offset):
                        found.add(needle)
        return found


def scan(root: Path, needles: Needles, *, skipped: Path, progress: Progress) -> Scan:
    """Search every file below `root`, names included, but for what is below `skipped`.

    Raises LibraryError where something cannot be read.
    """
    total, found, number = sum(1 for _ in every_file(root, skipped)), 0, 0
    for number, path in enumerate(every_file(root, skipped), start=1):
        name = str(path.relative_to(root)).encode("utf-8", "surrogateescape")
        found += len(needles.found_in(path) | needles.found_in_bytes(name))
        progress(number, max(number, total))
    return Scan(number, found)


def _hashes(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    hashed: npt.NDArray[np.uint64] = (words * _MULTIPLIER) >> np.uint64(64 - _BITS)
    return hashed


def _anchor(needle: bytes) -> int:
    """Where in `needle` the eight bytes begin that say most: those with the most different ones."""
    places = range(min(_CANDIDATES, len(needle) - _ANCHOR + 1))
    return max(places, key=lambda place: (len(set(needle[place : place + _ANCHOR])), -place))


def _blocks(path: Path, overlap: int) -> Iterator[bytes]:
    """The file in blocks that begin with the end of the one before, without those of zeros."""
    tail = b""
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                content = tail + block
                if content.strip(b"\0"):
                    yield content
                tail = content[-overlap:] if overlap else b""
    except FileNotFoundError:  # another process has just removed it
        return
    except OSError as exc:
        raise cannot_be_searched(path, exc) from exc
