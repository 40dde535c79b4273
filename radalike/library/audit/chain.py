"""The chain that shows whether an entry of the audit was changed or removed.

Each row holds the link of the row before: a hash of everything in it, and so of all before it
(Schneier & Kelsey 1999, "Secure audit logs to support computer forensics"). The hash is keyed with
the library's key, so that whoever has the database alone cannot make the links anew. The link of
the newest row, which no row holds yet, is kept sealed beside the table: it cannot be set back to
an older row without a copy of that time.

A writer goes on from the sealed end and not from the newest row: what is missing or changed when
it writes stays visible for ever.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from radalike.catalog.audit import AuditRow, each_row, highest_number, sealed_end
from radalike.errors import LibraryError
from radalike.library.privacy.pseudonyms import Privacy

FIRST = "0" * 32
"""The link that the first row holds."""
_MOST_FAULTS = 100


@dataclass(frozen=True, slots=True)
class End:
    """The newest entry when it was written."""

    number: int
    link: str


@dataclass(frozen=True, slots=True)
class Fault:
    """`number`: the entry that is concerned, the first of them when several are missing."""

    number: int
    what: str


@dataclass(frozen=True, slots=True)
class Verification:
    """`faults`: the first hundred, in the order of their entries; empty: all is as written."""

    entries: int
    faults: tuple[Fault, ...]


def link_of(privacy: Privacy, row: AuditRow) -> str:
    """32 hex digits over everything in the row, by HMAC-SHA256."""
    detail = None if row.detail is None else row.detail.hex()
    at = row.at.isoformat(timespec="microseconds")
    fields = (row.number, at, row.who, row.action, row.subject, detail, row.previous)
    return privacy.pseudonym("audit-row", json.dumps(fields))


def sealed(privacy: Privacy, end: End) -> bytes:
    return privacy.seal(json.dumps([end.number, end.link]))


def opened(privacy: Privacy, end: bytes | None) -> End | None:
    """None when there is none, and when this library did not seal it."""
    if end is None:
        return None
    try:
        return End(*json.loads(privacy.unseal(end, "the end of the audit")))
    except LibraryError:  # its absence is what `verify` reports
        return None


def verify(engine: Engine, privacy: Privacy, progress: Callable[[int, int], None]) -> Verification:
    """Walk the chain from its first entry. Entries may be written meanwhile."""
    end = opened(privacy, sealed_end(engine))  # read first: rows up to it are there already
    total = max(highest_number(engine), end.number if end else 0)
    faults: list[Fault] = []
    entries, number, link = 0, 0, FIRST
    for row in each_row(engine):
        if row.number > number + 1:
            faults.append(_missing(number + 1, row.number - 1))
        elif row.previous != link or row.number != number + 1:
            faults.append(_unlinked(row.number))
        entries, number, link = entries + 1, row.number, link_of(privacy, row)
        if end is not None and number == end.number and link != end.link:
            faults.append(Fault(number, f"entry {number} is not as it was written"))
        if entries % 1000 == 0:
            progress(entries, max(total, entries))
    if end is not None and number < end.number:
        faults.append(_missing(number + 1, end.number))
    if end is None and entries:
        faults.append(Fault(number, f"the seal of the newest entry, {number}, is gone"))
    return Verification(entries, tuple(faults[:_MOST_FAULTS]))


def _missing(first: int, last: int) -> Fault:
    if first == last:
        return Fault(first, f"entry {first} is missing")
    return Fault(first, f"entries {first} to {last} are missing")


def _unlinked(number: int) -> Fault:
    if number <= 1:
        return Fault(number, f"entry {number} does not begin the audit")
    before = number - 1
    return Fault(before, f"entry {before} is not as it was when entry {number} was written")
