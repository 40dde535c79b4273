"""docs/encoders.md has the rows as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from radalike.encoders.catalogue import ENCODERS
from radalike.encoders.catalogue.markdown import BEGIN, END, replaced, table_and_notes
from radalike.errors import UsageError

PAGE = Path(__file__).parents[4] / "docs" / "encoders.md"


def test_the_page_is_up_to_date() -> None:
    page = PAGE.read_text()
    assert page == replaced(page, table_and_notes(ENCODERS.values())), (
        "docs/encoders.md is stale; renew it with\n"
        "  radalike encoders list --markdown --into docs/encoders.md"
    )


def test_every_row_has_a_line_and_a_note() -> None:
    block = table_and_notes(ENCODERS.values())
    for spec in ENCODERS.values():
        assert f"\n| [{spec.id}](#{spec.id}) | {spec.family} | {spec.dimension} |" in block
        assert f"\n### {spec.id}\n" in block
        assert spec.study in block
        assert spec.access in block
        assert spec.citation in block
    table = block.split("\n\n")[0].splitlines()
    assert len({line.count("|") for line in table}) == 1
    assert len(table) == len(ENCODERS) + 2


def test_what_is_outside_the_marks_stays() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert replaced(page, "new") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"


@pytest.mark.parametrize("page", ["", BEGIN, END, f"{END} {BEGIN}"])
def test_a_page_without_marks(page: str) -> None:
    with pytest.raises(UsageError, match="no place for the encoders"):
        replaced(page, "new")
