"""The audit as files: CSV for a spreadsheet, JSON lines for programs."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from typing import TextIO

from radalike.library.audit.audit import AuditEntry
from radalike.library.spreadsheets import defused

COLUMNS = ("number", "at", "who", "action", "subject", "detail")


def write_csv(file: TextIO, entries: Iterable[AuditEntry]) -> int:
    """One line an entry, below a line of COLUMNS; how many entries there were."""
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    written = 0
    for entry in entries:
        values = {**entry.as_json(), "detail": detail_text(entry)}
        writer.writerow([defused(values[name]) for name in COLUMNS])
        written += 1
    return written


def write_lines(file: TextIO, entries: Iterable[AuditEntry]) -> int:
    """One JSON object a line; how many entries there were."""
    written = 0
    for entry in entries:
        file.write(json.dumps(entry.as_json()) + "\n")
        written += 1
    return written


def detail_text(entry: AuditEntry) -> str:
    """An entry's detail as JSON, empty where there is none."""
    if not entry.intact:
        return "cannot be opened: `radalike audit verify`"
    return json.dumps(entry.detail, ensure_ascii=False) if entry.detail else ""
