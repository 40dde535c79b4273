"""From the locator of an original to words: which kind of place it is, and where."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

_NOT_KEPT = "Received over the network; the original is not kept."


@dataclass(frozen=True, slots=True)
class Place:
    """source: dataset, file, zip, dicomweb, spool or unknown. place: None where there is none to
    go to, and `note` says why. member: of an archive."""

    source: str
    place: str | None
    member: str | None = None
    note: str = ""


def place_of(locator: str | None, *, public: bool) -> Place:
    """`public`: the locator is a name within a data set, else it is an item's uri
    (`ingest/sources/source.py`)."""
    if locator is None:
        return Place("unknown", None, note="Nobody said where it is from.")
    if public:
        return Place("dataset", locator)
    scheme, separator, rest = locator.partition(":")
    match scheme:
        case "spool":
            return Place("spool", None, note=_NOT_KEPT)
        case "zip":
            # The archive's `!` and `%` are escaped; a number after NUL tells equal names apart.
            archive, _, member = rest.partition("!")
            return Place("zip", unquote(archive, errors="surrogateescape"), member.split("\0")[0])
        case "file" | "dicomweb" if separator:
            return Place(scheme, rest)
        case _:
            return Place("unknown", locator)
