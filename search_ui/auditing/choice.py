"""Which entries of the audit are meant, and where among them the page is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from radalike.library.audit.audit import AuditAction, Wanted

PAGE = 50
"""Entries of a page."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Empty, or None: any. image: the id of a record. first, last: days in UTC, both included."""

    who: str = ""
    action: AuditAction | None = None
    image: str = ""
    first: date | None = None
    last: date | None = None

    def wanted(self) -> Wanted:
        """As the audit takes it."""
        return Wanted(
            who=self.who.strip() or None,
            action=self.action,
            image=self.image.strip() or None,
            since=_midnight(self.first),
            until=_midnight(self.last + timedelta(days=1) if self.last else None),
        )

    def in_words(self) -> dict[str, Any]:
        """What is chosen, as the audit is told; the id of a record is its subject."""
        chosen = {
            "who": self.who.strip(),
            "action": self.action.value if self.action else "",
            "from": self.first.isoformat() if self.first else "",
            "to": self.last.isoformat() if self.last else "",
        }
        return {name: value for name, value in chosen.items() if value}


@dataclass(frozen=True, slots=True)
class Turned:
    """Where somebody has turned to: `starts` holds, for each page after the first, the number
    that its entries are below."""

    choice: Choice = Choice()
    starts: tuple[int, ...] = ()

    @property
    def before(self) -> int | None:
        return self.starts[-1] if self.starts else None

    def older(self, lowest: int) -> Turned:
        """lowest: the number of the last entry that is shown."""
        return replace(self, starts=(*self.starts, lowest))

    def newer(self) -> Turned:
        return replace(self, starts=self.starts[:-1])

    def chosen(self, choice: Choice) -> Turned:
        """Another choice begins with its newest entries."""
        return self if choice == self.choice else Turned(choice)


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min, UTC)
