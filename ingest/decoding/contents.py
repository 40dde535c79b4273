"""What is to be decoded, opened: its beginning first, the whole only when it is an image."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingest.decoding.archive_reader import ArchiveReader, Stamp
from ingest.sources.regular_file import open_regular
from ingest.sources.source import ArchiveMember
from radalike.imaging.formats import HEAD_BYTES

Local = Path | bytes | ArchiveMember
"""Content that a decoding process can read by itself."""


@dataclass(frozen=True, slots=True)
class Opened:
    """suffix: of its name, empty where it has none. head: the first HEAD_BYTES. size: bytes.
    read: gives the whole."""

    suffix: str
    head: bytes
    size: int
    read: Callable[[], bytes]


@contextmanager
def opened(content: Local, archives: ArchiveReader, stamp: Stamp | None) -> Iterator[Opened]:
    """Raises ImageRejected (Unreadable, MissingFile, Truncated, ResourceLimit), OSError."""
    if isinstance(content, bytes):
        yield Opened("", content[:HEAD_BYTES], len(content), lambda: content)
    elif isinstance(content, ArchiveMember):
        member = archives.member(content, stamp)
        yield Opened(member.suffix, member.head(HEAD_BYTES), member.size, member.read)
    else:
        with open_regular(content) as file:
            head = file.read(HEAD_BYTES)
            size = file.seek(0, 2)
            file.seek(0)
            # Told how much, it reads into one piece; otherwise it joins two.
            yield Opened(content.suffix, head, size, lambda: file.read(size))
