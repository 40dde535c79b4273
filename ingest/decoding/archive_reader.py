"""Members of ZIP archives, inflated in the decoding process: never more than was announced."""

from __future__ import annotations

import io
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ingest.sources.archive import DEFLATED
from ingest.sources.regular_file import open_regular
from ingest.sources.source import ArchiveMember
from ingest.sources.zip_directory import Entry, ZipDirectory
from radalike.errors import ImageRejected, RejectCode

_CHUNK = 256 * 1024
_LOCAL = struct.Struct("<4s22x2H")  # APPNOTE 4.3.7: signature, lengths of the name and the extra


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an item was when it was listed."""

    size: int
    modified_ns: int


class ArchiveReader:
    """Finds members by their number; the last archive stays open between requests."""

    def __init__(self) -> None:
        self._opened: tuple[Path, tuple[int, ...], BinaryIO, ZipDirectory] | None = None

    def member(self, member: ArchiveMember, stamp: Stamp | None = None) -> OpenMember:
        """Raises ImageRejected: MissingFile when it is not what was listed as `stamp`, Truncated
        when the archive is broken; OSError."""
        file, directory = self._archive(member.archive)
        if member.index >= directory.count:
            raise _changed()
        entry = directory.entry(member.index)
        if stamp is not None and stamp != Stamp(entry.size, entry.crc):
            raise _changed()
        return OpenMember(file, entry)

    def close(self) -> None:
        if self._opened is not None:
            self._opened[2].close()
            self._opened = None

    def _archive(self, path: Path) -> tuple[BinaryIO, ZipDirectory]:
        status = path.stat()
        state = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        if self._opened is None or self._opened[:2] != (path, state):
            self.close()
            file = open_regular(path)
            try:
                self._opened = path, state, file, ZipDirectory(file)
            except BaseException:
                file.close()
                raise
        return self._opened[2:]


class OpenMember:
    """One member, not inflated yet. suffix: of its name. size: bytes, as announced."""

    def __init__(self, file: BinaryIO, entry: Entry) -> None:
        self._file = file
        self._entry = entry
        self._place = self._data_place()
        self.suffix = PurePosixPath(entry.name).suffix
        self.size = entry.size

    def head(self, count: int) -> bytes:
        """The first `count` bytes, fewer when it is shorter. Raises ImageRejected (Truncated)."""
        self._file.seek(self._place)
        stored = self._file.read(min(self._entry.compressed, 2 * count + 1024))
        if self._entry.method != DEFLATED:
            return stored[:count]
        try:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(stored, count)
        except zlib.error as exc:
            raise _damaged() from exc

    def read(self) -> bytes:
        """The whole member. Raises ImageRejected: ResourceLimit when it is longer than announced,
        Truncated when it is shorter or not what its checksum says."""
        self._file.seek(self._place)
        try:
            whole, ended = self._inflated() if self._entry.method == DEFLATED else self._stored()
        except zlib.error as exc:
            raise _damaged() from exc
        if len(whole) > self.size:
            raise ImageRejected(
                RejectCode.RESOURCE_LIMIT, "longer than the archive's directory announces"
            )
        if not ended or len(whole) < self.size or zlib.crc32(whole) != self._entry.crc:
            raise _damaged()
        return whole

    def _inflated(self) -> tuple[bytes, bool]:
        """At most one byte more than announced, and whether its end was reached."""
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        left, whole = self._entry.compressed, io.BytesIO()
        while left and not inflate.eof and whole.tell() <= self.size:
            data = self._file.read(min(left, _CHUNK))
            if not data:
                break
            left -= len(data)
            while data and whole.tell() <= self.size:
                whole.write(inflate.decompress(data, self.size + 1 - whole.tell()))
                data = inflate.unconsumed_tail
        return whole.getvalue(), inflate.eof

    def _stored(self) -> tuple[bytes, bool]:
        announced = min(self._entry.compressed, self.size + 1)
        whole = self._file.read(announced)
        return whole, len(whole) == announced

    def _data_place(self) -> int:
        """Where the data begins: behind the local header, which has lengths of its own."""
        self._file.seek(self._entry.offset)
        header = self._file.read(_LOCAL.size)
        if len(header) < _LOCAL.size:
            raise _damaged()
        mark, name_bytes, extra_bytes = _LOCAL.unpack(header)
        if mark != b"PK\x03\x04" or self._file.read(name_bytes) != self._entry.raw_name:
            raise _damaged()
        return self._file.seek(extra_bytes, os.SEEK_CUR)


def _damaged() -> ImageRejected:
    return ImageRejected(RejectCode.TRUNCATED, "cut short or damaged in its archive")


def _changed() -> ImageRejected:
    return ImageRejected(RejectCode.MISSING_FILE, "its archive has changed since it was listed")
