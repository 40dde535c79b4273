"""What became of each file of a source, as the catalog has it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from radalike.catalog.store import Reject
from radalike.library import Library
from radalike.records import ImageRecord
from tests.ingest.hostile.cases import ADDED
from tests.ingest.runs import records_of

MISSING = "not in the catalog"


@dataclass(frozen=True)
class Outcome:
    """`what`: ADDED, SKIPPED, the code of `reject`, or MISSING."""

    what: str
    reject: Reject | None
    records: tuple[ImageRecord, ...]


class Outcomes:
    """Of all that a library has dealt with; the library may be closed afterwards."""

    def __init__(self, library: Library) -> None:
        self.rejects = {
            library.privacy.unseal(each.locator): each
            for each in library.catalog.rejects()
            if each.locator is not None
        }
        self.records: dict[str, list[ImageRecord]] = {}
        for record in records_of(library):
            self.records.setdefault(library.locate(record) or "", []).append(record)
        self._library = library

    def of(self, path: Path, member: str | None = None) -> Outcome:
        """Of the file at `path`, or of a member of the archive there."""
        uri = f"file:{path}" if member is None else f"zip:{path}!{member}"
        found = self._rejected(uri) or self._rejected(f"zip:{path}")
        records = tuple(sorted(self.records.get(uri, []), key=lambda record: record.frame))
        if found is not None:
            return Outcome(found.code, found, records)
        if records:
            return Outcome(ADDED, None, records)
        key = self._library.privacy.pseudonym("item", uri)
        item = self._library.catalog.known_items([key]).get(key)
        return Outcome(item.outcome if item else MISSING, None, ())

    def _rejected(self, uri: str) -> Reject | None:
        return self.rejects.get(uri)
