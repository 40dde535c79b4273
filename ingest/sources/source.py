"""The source seam: what every place that images come from must do.

Contract, in prose:
- `items` yields every file once, in a stable order, lazily: a source of millions of files never
  holds them all in memory, and listing it twice is cheap.
- `uri` is unique within all sources and stays the same from run to run; it may name a person, so
  it never leaves this process but hashed under the library's key, or sealed.
- A source reads no content while it lists. What it knows to be wrong already (a missing file, two
  labels) it says in `problem`; such an item is counted and rejected, never dropped.
- A source that cannot be listed at all raises when `items` is first advanced.
- A live source (a receiver's spool, a watched folder) yields None when there is nothing more just
  now, so that what it has listed is taken up; it ends when it is told to stop.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from radalike.errors import RejectCode
from radalike.records import Metadata


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """A member of a ZIP archive, by its place in the central directory (from 0)."""

    archive: Path
    index: int


class Fetched(Protocol):
    """Content that is somewhere else. `fetch` brings it into a file just before it is decoded, on
    a thread of the ingest; `release` is called when it has been."""

    def fetch(self) -> Path:
        """Raises ImageRejected when it cannot be had, OSError."""

    def release(self) -> None: ...


Content: TypeAlias = Path | bytes | ArchiveMember | Fetched
"""Where the bytes of an item are. Files and members are read in the decoder."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an item is rejected without being read. The reason names no path."""

    code: RejectCode
    reason: str


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One file.

    dataset: name of the data set it belongs to. filepath: its public name within that, None where
    names are private. metadata: what the source knows that the file does not (a manifest's row);
    None: the file's own is used. claims_image: its name promises an image. frames: of a file
    that is known and read again, those that are wanted.
    """

    uri: str
    content: Content
    size: int
    modified_ns: int
    dataset: str
    filepath: str | None = None
    metadata: Metadata | None = None
    claims_image: bool = False
    problem: Problem | None = None
    frames: tuple[int, ...] = ()


class Source(ABC):
    """`name` is what reports call it: folder, manifest."""

    name: str

    @abstractmethod
    def items(self) -> Iterator[SourceItem | None]: ...

    def settle(self) -> None:  # noqa: B027 - most sources keep nothing
        """Let go of what was kept until it is committed; called when an ingest has committed all
        that it will."""
