"""The source seam: what every place that images come from must do.

Contract, in prose:
- `items` yields every file once, in a stable order, lazily: a source of millions of files never
  holds them all in memory, and listing it twice is cheap.
- `uri` is unique within all sources and stays the same from run to run; it may name a person, so
  it never leaves this process but hashed under the library's key, or sealed.
- A source reads no content while it lists. What it knows to be wrong already (a missing file, two
  labels) it says in `problem`; such an item is counted and rejected, never dropped.
- A source that cannot be listed at all raises when `items` is first advanced.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from radalike.errors import RejectCode
from radalike.records import Metadata

Content: TypeAlias = Path | bytes
"""Where the bytes of an item are: a file that is read in the decoder, or the bytes themselves."""


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
    None: the file's own is used. claims_image: its name promises an image.
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


class Source(ABC):
    """`name` is what reports call it: folder, manifest."""

    name: str

    @abstractmethod
    def items(self) -> Iterator[SourceItem]: ...
