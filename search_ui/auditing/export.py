"""The audit as a file that a browser can save."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TextIO

from radalike.library.audit.audit import Audit, AuditAction, AuditEntry
from radalike.library.audit.files import write_csv, write_lines
from search_ui.auditing.choice import Choice

MOST_EXPORTED = 100_000
"""Entries of one file from the page, which is in the server's memory when it is sent."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """write: puts entries into a text file, and says how many."""

    suffix: str
    mime: str
    write: Callable[[TextIO, Iterable[AuditEntry]], int]


KINDS: Mapping[str, FileKind] = {
    "CSV": FileKind("csv", "text/csv", write_csv),
    "JSONL": FileKind("jsonl", "application/x-ndjson", write_lines),
}


def most_entries(audit: Audit, choice: Choice) -> int:
    """How many there are at most: all of the chosen time, whoever they are of. They are numbered
    one after the other, so that none need be counted. Raises LibraryError."""
    wanted = choice.wanted()
    since, until = wanted.get("since"), wanted.get("until")
    newest = audit.entries(limit=1, since=since, until=until)
    if not newest:
        return 0
    oldest = next(audit.each(since=since, until=until))
    return newest[0].number - oldest.number + 1


def exported(audit: Audit, who: str, choice: Choice, kind: str) -> str:
    """The chosen entries, the oldest first; that they were exported is one of them.

    Raises LibraryError, StorageFull.
    """
    image = choice.image.strip() or None
    audit.write(
        who, AuditAction.AUDIT_READ, image, how="export", kind=kind, chosen=choice.in_words()
    )
    text = io.StringIO()
    KINDS[kind].write(text, audit.each(**choice.wanted()))
    return text.getvalue()
