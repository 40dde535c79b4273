"""The audit as files."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

from radalike.library.audit.audit import AuditEntry
from radalike.library.audit.files import COLUMNS, write_csv, write_lines

AT = datetime(2026, 11, 22, 14, 3, 10, 250_000, UTC)
ENTRIES = (
    AuditEntry(1, AT, "=cmd|' /C calc'!A0", "query", "ab" * 16, {"words": "größer"}),
    AuditEntry(2, AT, "ada", "mark", intact=False),
)


def test_csv_runs_nothing_in_a_spreadsheet() -> None:
    file = io.StringIO()
    assert write_csv(file, ENTRIES) == 2
    head, first, second = csv.reader(io.StringIO(file.getvalue()))
    assert tuple(head) == COLUMNS
    assert first[1:4] == ["2026-11-22T14:03:10.250+00:00", "'=cmd|' /C calc'!A0", "query"]
    assert first[-1] == '{"words": "größer"}'
    assert "cannot be opened" in second[-1]


def test_json_lines_hold_what_there_is() -> None:
    file = io.StringIO()
    assert write_lines(file, ENTRIES) == 2
    first, second = (json.loads(line) for line in file.getvalue().splitlines())
    assert (first["who"], first["detail"]) == ("=cmd|' /C calc'!A0", {"words": "größer"})
    assert (second["intact"], second["subject"]) == (False, None)
