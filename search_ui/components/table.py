"""Tables that everybody can read: as HTML, with a caption and headers, not as a canvas."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from html import escape
from pathlib import Path

import streamlit as st

from radalike.errors import UsageError


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numeric: Collection[str] = (),
    caption: str = "",
) -> None:
    """Show what `table_html` makes of it. Raises UsageError."""
    st.html(
        f"<style>{_style()}</style>{table_html(columns, rows, numeric=numeric, caption=caption)}"
    )


def table_html(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numeric: Collection[str] = (),
    caption: str = "",
) -> str:
    """A table with `columns` as its heads; the first cell of a row is the row's own head. All of it
    is shown as text, whatever it holds. numeric: the columns that are aligned to the right. A wide
    table scrolls in its own frame, which the keyboard reaches.

    Raises UsageError for a row of another length than `columns`, and for a numeric column that is
    not there.
    """
    if strange := set(numeric) - set(columns):
        raise UsageError(
            f"the table has no column {sorted(strange)[0]!r} that could be numeric",
            hint="name columns of the table",
        )
    kinds = [' class="rl-number"' if column in numeric else "" for column in columns]
    heads = "".join(
        f'<th scope="col"{kind}>{escape(column)}</th>'
        for column, kind in zip(columns, kinds, strict=True)
    )
    body = "".join(_row(row, kinds) for row in rows)
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    name = f' aria-label="{escape(caption)}"' if caption else ' aria-label="Table"'
    return (
        f'<div class="rl-table" role="region" tabindex="0"{name}><table>{title}'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(row: Sequence[str], kinds: Sequence[str]) -> str:
    if len(row) != len(kinds):
        raise UsageError(
            f"a row of {len(row)} cells in a table of {len(kinds)} columns",
            hint="give one cell a column",
        )
    cells = "".join(
        f"<td{kind}>{escape(cell)}</td>" if number else f'<th scope="row"{kind}>{escape(cell)}</th>'
        for number, (cell, kind) in enumerate(zip(row, kinds, strict=True))
    )
    return f"<tr>{cells}</tr>"


@cache
def _style() -> str:
    return Path(__file__).with_name("table.css").read_text(encoding="utf-8")
