"""The audit: who did what, and when. Entries can be added and read, never changed or removed.

An image is named by a pseudonym that is used nowhere else, so that an auditor can ask who opened
it, and an erased patient leaves no id here. Details are sealed under the library's key: typed words
and filters are not in clear in the database or its backups.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any, TypedDict, Unpack

from sqlalchemy import Engine

from radalike.catalog.audit import AuditAction, AuditFilter, AuditRow, append, each_row, rows
from radalike.errors import LibraryError
from radalike.library.audit.chain import (
    FIRST,
    End,
    Verification,
    link_of,
    opened,
    sealed,
    verify,
)
from radalike.library.privacy.pseudonyms import Privacy

__all__ = ["Audit", "AuditAction", "AuditEntry", "Verification"]

_LONGEST_NAME = 254
_IDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,}", re.IGNORECASE)
"""Ids of images, pseudonyms of patients, studies and series, hashes of contents."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """subject: the audit's pseudonym of an image. detail: opened. intact: False when the detail
    cannot be opened, because it was changed or sealed under another key."""

    number: int
    at: datetime
    who: str
    action: str
    subject: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    intact: bool = True

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "at": self.at.isoformat(timespec="milliseconds")}


class Wanted(TypedDict, total=False):
    """Which entries are meant; what is None, or not given, may be anything. image: its id.
    since, until: UTC unless they say otherwise, `until` exclusive."""

    who: str | None
    action: AuditAction | None
    image: str | None
    since: datetime | None
    until: datetime | None


class Audit:
    """Safe to use from several threads and processes."""

    def __init__(self, engine: Engine, privacy: Privacy) -> None:
        self._engine = engine
        self._privacy = privacy
        # SQLite lets writers poll for their turn, in no order: within a process they queue here.
        self._writing = Lock()

    def write(
        self, who: str, action: AuditAction, subject: str | None = None, **detail: Any
    ) -> int:
        """An entry's number, once it is durable. subject: the id of an image. detail: JSON values;
        an id of an image, patient, study or series in it is written as its pseudonym.

        Whoever audits an action writes first and acts then.
        Raises StorageFull, LibraryError: what cannot be audited must not be done.
        """
        name = "".join(each if each.isprintable() else "\ufffd" for each in who[:_LONGEST_NAME])
        named = None if subject is None else self.subject(subject)
        text = self._privacy.seal(json.dumps(self._without_ids(detail))) if detail else None

        def chained(end: bytes | None, highest: int) -> tuple[AuditRow, bytes]:
            newest = opened(self._privacy, end) or End(0, FIRST)
            number = max(newest.number, highest) + 1
            at = datetime.now(UTC)
            row = AuditRow(number, at, name, action.value, named, text, newest.link)
            return row, sealed(self._privacy, End(number, link_of(self._privacy, row)))

        with self._writing:
            return append(self._engine, chained)

    def entries(
        self, *, before: int | None = None, limit: int = 100, **wanted: Unpack[Wanted]
    ) -> list[AuditEntry]:
        """The newest first. before: the number of an entry, for the next page.

        Raises LibraryError."""
        condition = self._filter(before, **wanted)
        return [self._opened(row) for row in rows(self._engine, condition, limit)]

    def each(self, **wanted: Unpack[Wanted]) -> Iterator[AuditEntry]:
        """All of them, the oldest first, a page in memory at a time. Raises LibraryError."""
        return (self._opened(row) for row in each_row(self._engine, self._filter(**wanted)))

    def verify(
        self, progress: Callable[[int, int], None] = lambda _done, _total: None
    ) -> Verification:
        """Whether every entry is there and as it was written."""
        return verify(self._engine, self._privacy, progress)

    def subject(self, image: str) -> str:
        """What stands for the id of an image here: 32 hex digits."""
        return self._privacy.pseudonym("audit", image.lower())

    def _filter(
        self, before: int | None = None, *, image: str | None = None, **wanted: Any
    ) -> AuditFilter:
        subject = None if image is None else self.subject(image)
        return AuditFilter(before=before, subject=subject, **wanted)

    def _opened(self, row: AuditRow) -> AuditEntry:
        entry = AuditEntry(row.number, row.at, row.who, row.action, row.subject)
        if row.detail is None:
            return entry
        try:
            detail = json.loads(self._privacy.unseal(row.detail, "a detail of the audit"))
        except LibraryError:  # one changed entry must not hide all the others
            return AuditEntry(row.number, row.at, row.who, row.action, row.subject, intact=False)
        return AuditEntry(row.number, row.at, row.who, row.action, row.subject, detail)

    def _without_ids(self, value: Any) -> Any:
        if isinstance(value, str):
            return _IDS.sub(lambda found: self.subject(found.group()), value)
        if isinstance(value, Mapping):
            return {self._without_ids(key): self._without_ids(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._without_ids(each) for each in value]
        return value
