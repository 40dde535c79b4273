"""From the locator of an original to words: which kind of place it is, and where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

_NOT_KEPT = "Received over the network; the original is not kept."
_GONE = "Received over the network; what was kept of it is gone."


@dataclass(frozen=True, slots=True)
class Place:
    """source: dataset, file, zip, dicomweb, spool or unknown. place: None where there is none to
    go to, and `note` says why. member: of an archive."""

    source: str
    place: str | None
    member: str | None = None
    note: str = ""


def place_of(locator: str | None, *, public: bool, rejects: Path | None = None) -> Place:
    """`public`: the locator is a name within a data set, else it is an item's uri
    (`ingest/sources/source.py`). rejects: of what was rejected, the folder where files are kept
    that came over the network and could not enter."""
    if locator is None:
        return Place("unknown", None, note="Nobody said where it is from.")
    if public:
        return Place("dataset", locator)
    scheme, separator, rest = locator.partition(":")
    match scheme:
        case "spool":
            if rejects is None:
                return Place("spool", None, note=_NOT_KEPT)
            kept = rejects / f"{rest}.dcm"
            return Place("spool", str(kept)) if kept.exists() else Place("spool", None, note=_GONE)
        case "zip":
            # The archive's `!` and `%` are escaped; a number after NUL tells equal names apart.
            archive, _, member = rest.partition("!")
            return Place("zip", unquote(archive, errors="surrogateescape"), member.split("\0")[0])
        case "file" | "dicomweb" if separator:
            return Place(scheme, rest)
        case _:
            return Place("unknown", locator)
