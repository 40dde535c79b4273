from __future__ import annotations

import pytest

from radalike.library.spreadsheets import defused


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\0=1"])
def test_what_a_spreadsheet_would_run_becomes_text(cell: str) -> None:
    assert defused(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "jane", "1-1", " =1", -1, None, 0.5])
def test_everything_else_stays(cell: object) -> None:
    assert defused(cell) == cell
