"""ZIP archives for the tests of ingest, and some whose fields are what one likes."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


def write_zip(path: Path, members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@dataclass(frozen=True)
class Member:
    """A deflated member by its fields (PKWARE APPNOTE 4.3.7, 4.3.12); None: the true value.

    local_name: its name before the data, if another than in the directory. at: where the directory
    says it is, from the beginning; counted in members when it is negative.
    """

    name: bytes
    content: bytes = b"content"
    size: int | None = None
    crc: int | None = None
    flags: int = 0
    method: int = 8
    local_name: bytes | None = None
    at: int | None = None
    attributes: int = 0


def write_odd_zip(path: Path, members: Sequence[Member], *, announced: int | None = None) -> Path:
    """announced: how many members the end record says there are."""
    body, directory, places = b"", b"", []
    for member in members:
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        data = deflate.compress(member.content) + deflate.flush()
        if member.method == 0:
            data = member.content
        size = len(member.content) if member.size is None else member.size
        crc = zlib.crc32(member.content) if member.crc is None else member.crc
        local_name = member.name if member.local_name is None else member.local_name
        place = len(body)
        places.append(place)
        shared = struct.pack(
            "<HHHHHLLL", 20, member.flags, member.method, 0, 33, crc, len(data), size
        )
        body += b"PK\3\4" + shared + struct.pack("<HH", len(local_name), 0) + local_name + data
        at = place if member.at is None else places[member.at] if member.at < 0 else member.at
        rest = struct.pack("<HHHHHLL", len(member.name), 0, 0, 0, 0, member.attributes, at)
        directory += b"PK\1\2" + struct.pack("<H", 3 << 8 | 20) + shared + rest + member.name
    count = len(members) if announced is None else announced
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)
    path.write_bytes(body + directory + end)
    return path
