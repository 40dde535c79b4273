"""The central directory of a ZIP archive, entry by entry (PKWARE APPNOTE 6.3.10, section 4.3).

`zipfile` keeps every entry of it in memory, about 1 kB each. Here an archive of any size takes a
few bytes a member, and what contradicts itself is found before anything is read.
"""

from __future__ import annotations

import stat
import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from radalike.errors import ImageRejected, RejectCode

MAX_MEMBERS = 2_000_000
MAX_DIRECTORY_BYTES = 512 * 1024**2

STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK\x03\x04")
"""How an archive begins: with a member, with nothing in it, or split in parts."""

_END = struct.Struct("<4s4H2LH")  # 4.3.16
_ZIP64_LOCATOR_BYTES = 20  # 4.3.15
_ZIP64_END = struct.Struct("<4sQ2H2L4Q")  # 4.3.14
_ENTRY = struct.Struct("<4s6H3L5H2L")  # 4.3.12
_LENGTHS = struct.Struct("<4s24x3H12x")  # of an entry: its signature; of its name, extra, comment
_END_MARK = b"PK\x05\x06"
_ENTRY_MARK = b"PK\x01\x02"
_LOCAL_BYTES = 30
_UNIX = 3
_UTF_8 = 1 << 11
_FULL_16, _FULL_32 = 0xFFFF, 0xFFFFFFFF
_BEYOND = 2**62  # more than any file has, and still small enough to be added to


class Entry(NamedTuple):
    """One member. compressed, size: bytes. offset: of its local header, from the archive's
    beginning. raw_name: as it is stored. link: a symbolic link of Unix."""

    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    compressed: int
    size: int
    offset: int
    link: bool


_DOCUMENTS = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"mimetype", b"META-INF/")
"""What comes first in Office files; OpenDocument and EPUB; JAR, APK and their kin."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What only the whole directory tells. repeated: hashes of names that occur more than once.
    overlapping: bool (members,), whose data runs into that of another member."""

    repeated: frozenset[int]
    overlapping: npt.NDArray[np.bool_]


class ZipDirectory:
    """The directory of the archive `file`, which stays the caller's to close.

    Raises ImageRejected: Truncated (no whole directory), ResourceLimit, Unreadable (one of the
    parts of a split archive).
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.count, start, self._end, self._shift = _bounds(file)
        self._places = array("Q", [start])  # where the entries begin that were passed so far

    def entry(self, index: int) -> Entry:
        """Member `index`, from 0. Raises ImageRejected (Truncated), IndexError."""
        if not 0 <= index < self.count:
            raise IndexError(index)
        if index >= len(self._places):
            self._pass_to(index)
        self._file.seek(self._places[index])
        return self._read()

    def entries(self) -> Iterator[Entry]:
        """Every member in order; nothing else may read from the file meanwhile.

        Raises ImageRejected (Truncated) when they are not as many, or not as long, as announced.
        """
        self._file.seek(self._places[0])
        for _ in range(self.count):
            yield self._read()
        if self._file.tell() != self._end:
            raise _broken()

    def survey(self) -> Survey:
        """Pass over all entries once. Raises ImageRejected as `entries` does."""
        names, offsets, ends = array("q"), array("Q"), array("Q")
        for entry in self.entries():
            names.append(hash(entry.name))
            offsets.append(entry.offset)
            ends.append(entry.offset + _LOCAL_BYTES + len(entry.raw_name) + entry.compressed)
        hashes = np.sort(np.frombuffer(names, dtype=np.int64))
        repeated = hashes[1:][hashes[1:] == hashes[:-1]]
        return Survey(frozenset(repeated.tolist()), _overlapping(offsets, ends, self._places[0]))

    def _pass_to(self, index: int) -> None:
        place = self._places[-1]
        self._file.seek(place)
        while len(self._places) <= index:
            mark, *lengths = _LENGTHS.unpack(self._exactly(_LENGTHS.size))
            if mark != _ENTRY_MARK:
                raise _broken()
            rest = sum(lengths)
            self._exactly(rest)
            place += _LENGTHS.size + rest
            self._places.append(place)

    def _read(self) -> Entry:
        mark, made_by, _, flags, method, _, _, crc, compressed, size, *rest = _ENTRY.unpack(
            self._exactly(_ENTRY.size)
        )
        name_bytes, extra_bytes, comment_bytes, _, _, attributes, offset = rest
        if mark != _ENTRY_MARK:
            raise _broken()
        raw = self._exactly(name_bytes)
        extra = self._exactly(extra_bytes)
        self._exactly(comment_bytes)
        if _FULL_32 in (compressed, size, offset):
            size, compressed, offset = _zip64(extra, size, compressed, offset)
        name = raw.decode("utf-8", "surrogateescape") if flags & _UTF_8 else raw.decode("cp437")
        return Entry(
            name=name,
            raw_name=raw,
            flags=flags,
            method=method,
            crc=crc,
            compressed=min(compressed, _BEYOND),
            size=min(size, _BEYOND),
            offset=min(offset + self._shift, _BEYOND),
            link=made_by >> 8 == _UNIX and stat.S_ISLNK(attributes >> 16),
        )

    def _exactly(self, count: int) -> bytes:
        data = self._file.read(count)
        if len(data) != count:
            raise _broken()
        return data


def _bounds(file: BinaryIO) -> tuple[int, int, int, int]:
    """(members, first byte of the directory, byte behind it, what is to be added to offsets since
    something stands before the archive)."""
    length = file.seek(0, 2)
    tail_start = max(0, length - _END.size - _FULL_16)
    file.seek(tail_start)
    tail = file.read()
    at = _end_record(tail)
    _, disk, first_disk, here, count, size, offset, _ = _END.unpack_from(tail, at)
    end = tail_start + at
    record = end - _ZIP64_LOCATOR_BYTES - _ZIP64_END.size
    if tail[max(0, at - _ZIP64_LOCATOR_BYTES) : at].startswith(b"PK\x06\x07") and record >= 0:
        file.seek(record)
        mark, _, _, _, disk, first_disk, here, count, size, offset = _ZIP64_END.unpack(
            file.read(_ZIP64_END.size)
        )
        if mark != b"PK\x06\x06":
            raise _broken()
        end = record
    if disk or first_disk or here != count:
        raise ImageRejected(
            RejectCode.UNREADABLE, "one part of an archive that is split; join the parts first"
        )
    if count > MAX_MEMBERS or size > MAX_DIRECTORY_BYTES:
        raise ImageRejected(
            RejectCode.RESOURCE_LIMIT,
            f"an archive of more than {MAX_MEMBERS:,} members; unpack it first",
        )
    shift = end - size - offset
    file.seek(0)
    # What begins as an archive and has its directory elsewhere is the rest of one that was cut
    # behind an archive it held.
    cut = shift > 0 and file.read(8).startswith(STARTS)
    if cut or shift < 0 or count * _ENTRY.size > size:
        raise _broken()
    return count, end - size, end, shift


def _end_record(tail: bytes) -> int:
    """Where the end record begins: its comment ends with the file, and may hold anything."""
    at = tail.rfind(_END_MARK)
    while at >= 0:
        comment = int.from_bytes(tail[at + _END.size - 2 : at + _END.size], "little")
        if at + _END.size + comment == len(tail):
            return at
        at = tail.rfind(_END_MARK, 0, at + len(_END_MARK) - 1)
    raise _broken()


def _zip64(extra: bytes, *values: int) -> list[int]:
    """`values` (size, compressed, offset), those that are full taken from the extra field of
    ZIP64 (4.5.3), which holds only them, in this order."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            body = extra[at + 4 : at + 4 + length]
            wide = iter(struct.unpack(f"<{len(body) // 8}Q", body[: len(body) // 8 * 8]))
            return [next(wide, _BEYOND) if value == _FULL_32 else value for value in values]
        at += 4 + length
    return list(values)


def _overlapping(offsets: array[int], ends: array[int], directory: int) -> npt.NDArray[np.bool_]:
    """Data of members that overlap inflates many times over what the archive holds."""
    starts = np.frombuffer(offsets, dtype=np.uint64)
    order = np.argsort(starts, kind="stable")
    following = np.append(starts[order], np.uint64(directory))[1:]
    overlapping = np.zeros(len(starts), dtype=np.bool_)
    overlapping[order] = np.frombuffer(ends, dtype=np.uint64)[order] > following
    return overlapping


def _broken() -> ImageRejected:
    return ImageRejected(
        RejectCode.TRUNCATED, "the archive is cut short or broken: its directory is not whole"
    )


def is_document(head: bytes) -> bool:
    """Whether an archive that begins with `head` is a document, an app or a book, by the name of
    its first member (APPNOTE 4.3.7)."""
    size = int.from_bytes(head[26:28], "little")
    return head[30 : 30 + size].startswith(_DOCUMENTS)
