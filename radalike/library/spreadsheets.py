"""Cells of CSV files that people open in a spreadsheet."""

from __future__ import annotations

from typing import Any

_RUN = ("=", "+", "-", "@", "\t", "\r", "\0")


def defused(cell: Any) -> Any:
    """A text that a spreadsheet would run as a formula, as text (OWASP ASVS 5.0, 1.2.10)."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RUN) else cell
