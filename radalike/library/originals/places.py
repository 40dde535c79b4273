"""From the locator of an original to words: which kind of place it is, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from radalike.library.originals.locators import archive_and_member

if TYPE_CHECKING:
    from radalike.library.ingesting.refused_files import RefusedFiles

_NOT_KEPT = "Received over the network; the original is not kept."
_GONE = "Received over the network; what was kept of it is gone."
_SEALED = "Received over the network and refused; kept sealed: --output FILE opens it."


@dataclass(frozen=True, slots=True)
class Place:
    """source: dataset, file, zip, dicomweb, spool or unknown. place: None where there is none to
    go to; `note` says why, or what more there is to know. member: of an archive."""

    source: str
    place: str | None
    member: str | None = None
    note: str = ""


def place_of(locator: str | None, *, public: bool, refused: RefusedFiles | None = None) -> Place:
    """`public`: the locator is a name within a data set, else it is an item's uri
    (`ingest/sources/source.py`). refused: of what was rejected, the files that are kept of what
    came over the network."""
    if locator is None:
        return Place("unknown", None, note="Nobody said where it is from.")
    if public:
        return Place("dataset", locator)
    scheme, separator, rest = locator.partition(":")
    match scheme:
        case "spool":
            if refused is None:
                return Place("spool", None, note=_NOT_KEPT)
            kept = refused.path(rest)
            if not kept.exists():
                return Place("spool", None, note=_GONE)
            return Place("spool", str(kept), note=_SEALED)
        case "zip":
            archive, member = archive_and_member(rest)
            return Place("zip", archive, member.split("\0")[0])
        case "file" | "dicomweb" if separator:
            return Place(scheme, rest)
        case _:
            return Place("unknown", locator)
