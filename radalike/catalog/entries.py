"""What the catalog keeps besides images: parts and their rows, items of sources, rejects."""

from __future__ import annotations

from dataclasses import dataclass

from radalike.records import Metadata, tile_id


@dataclass(frozen=True, slots=True)
class Part:
    """One committed embedding part: a file name, its rows, its SHA-256 and its precision."""

    name: str
    fingerprint: str
    rows: int
    sha256: str
    precision: str


@dataclass(frozen=True, slots=True)
class PartRow:
    """A row of a part on its way in: the id of an image that the catalog has, and the region of it
    ("x,y,w,h", pixels of the full frame) that was embedded; None: all of it."""

    image: str
    region: str | None = None


@dataclass(frozen=True, slots=True)
class PartPoint:
    """What the catalog says of a row of a part: whose vector it is, and of which region of it."""

    image: str
    region: str | None
    metadata: Metadata

    @property
    def id(self) -> str:
        """Of the point: the image's own, or its tile's."""
        return self.image if self.region is None else tile_id(self.image, self.region)


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a source that has been dealt with. `key` is a keyed hash, never a path;
    `patient` the pseudonym of whom it shows, where that is known."""

    key: str
    size: int
    modified_ns: int
    outcome: str
    images: int
    patient: str | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    key: str
    code: str
    reason: str
    source: str
    filepath: str | None
    locator: bytes | None
    patient: str | None = None


@dataclass(frozen=True, slots=True)
class VectorPlace:
    """Where the vector of an image (or of a `region` of it) is: row `row` of part `part`."""

    image: str
    part: str
    row: int
    region: str | None = None
