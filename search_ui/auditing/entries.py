"""Entries of the audit as rows of a table, and what a verification of it found, in words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from radalike.library.audit.audit import Audit, AuditAction, AuditEntry, Verification
from search_ui.auditing.choice import PAGE, Turned
from search_ui.times import at_title

ENTRY_COLUMNS = ("Entry", "At (UTC)", "Who", "Action", "Image", "Detail")
_FAULTS_SHOWN = 20

ACTION_TITLES = {
    AuditAction.SIGN_IN: "signed in",
    AuditAction.SIGN_IN_REFUSED: "was refused",
    AuditAction.SIGN_OUT: "signed out",
    AuditAction.QUERY: "searched",
    AuditAction.OPEN_RECORD: "opened a record",
    AuditAction.EXPORT: "exported",
    AuditAction.MARK: "marked",
    AuditAction.INGEST: "ingested",
    AuditAction.EVALUATE: "evaluated",
    AuditAction.BUILD_INDEX: "built the index",
    AuditAction.PEOPLE_CHANGED: "changed people",
    AuditAction.AUDIT_READ: "read the audit",
}


@dataclass(frozen=True, slots=True)
class EntryPage:
    """rows: under ENTRY_COLUMNS, the newest first. lowest: the number of the last of them, None
    where there are none. more: whether there are older ones."""

    rows: tuple[tuple[str, ...], ...]
    lowest: int | None
    more: bool


def entry_page(audit: Audit, turned: Turned) -> EntryPage:
    """Raises LibraryError."""
    found = audit.entries(before=turned.before, limit=PAGE + 1, **turned.choice.wanted())
    shown = found[:PAGE]
    return EntryPage(
        tuple(entry_rows(shown)), shown[-1].number if shown else None, len(found) > PAGE
    )


def entry_rows(entries: Iterable[AuditEntry]) -> list[tuple[str, ...]]:
    """Under ENTRY_COLUMNS."""
    return [
        (
            str(entry.number),
            at_title(entry.at),
            entry.who,
            action_title(entry.action),
            entry.subject or "",
            _detail(entry),
        )
        for entry in entries
    ]


def action_title(action: str) -> str:
    return ACTION_TITLES[AuditAction(action)] if action in list(AuditAction) else action


def _detail(entry: AuditEntry) -> str:
    if not entry.intact:
        return "cannot be opened: it was changed, or sealed under another key"
    return "; ".join(f"{name}: {_said(value)}" for name, value in entry.detail.items() if value)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Verified:
    """A verification, and when it was."""

    found: Verification
    at: datetime

    @property
    def intact(self) -> bool:
        return not self.found.faults


def verified_in_words(verified: Verified) -> tuple[str, str]:
    """A heading, and what it means."""
    at, entries = at_title(verified.at), verified.found.entries
    if verified.intact:
        return (
            f"All {entries:,} entries are there, each as it was written",
            f"Verified {at} UTC, from the first entry to the seal of the newest.",
        )
    faults = verified.found.faults
    said = "; ".join(fault.what for fault in faults[:_FAULTS_SHOWN])
    more = " …" if len(faults) > _FAULTS_SHOWN else ""
    text = (
        f"Verified {at} UTC, {entries:,} entries: {said}{more}. Compare it with a backup, and tell "
        "whoever is responsible for the protection of data here."
    )
    return "The audit was changed by other means than Radalike", text
