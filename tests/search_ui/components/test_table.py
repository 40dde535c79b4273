"""Tables: what a browser reads of them."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radalike.errors import UsageError
from search_ui.components.table import table_html


class Read(HTMLParser):
    """The elements of a piece of HTML, and the text in its cells."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in ("td", "th", "caption"):
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        self.cells[-1] += data


def test_table_has_a_caption_and_heads_of_columns_and_rows() -> None:
    html = table_html(["Age", "Images"], [("40 to 44", "7")], numeric=["Images"], caption="By age")
    assert "<caption>By age</caption>" in html
    assert 'aria-label="By age"' in html
    assert '<th scope="col">Age</th><th scope="col" class="rl-number">Images</th>' in html
    assert '<tr><th scope="row">40 to 44</th><td class="rl-number">7</td></tr>' in html
    assert 'tabindex="0"' in html


def test_table_without_a_caption_or_rows() -> None:
    html = table_html(["Age"], [])
    assert "<caption>" not in html
    assert "<tbody></tbody>" in html


text = st.text(alphabet=st.characters(exclude_characters="\r", exclude_categories=("Cs", "Cc")))


@given(st.lists(st.tuples(text, text), max_size=4), text)
def test_everything_is_shown_as_text(rows: list[tuple[str, str]], caption: str) -> None:
    read = Read(table_html(["One", "Two"], rows, caption=caption))
    captions = [caption] if caption else []
    assert read.cells == [*captions, "One", "Two", *(cell for row in rows for cell in row)]
    assert {"script", "img", "b"}.isdisjoint(read.tags)


def test_script_stays_words() -> None:
    html = table_html(["<script>"], [("<img src=x onerror=alert(1)>",)], caption='"><b>')
    assert Read(html).tags == ["div", "table", "caption", "thead", "tr", "th", "tbody", "tr", "th"]


def test_wrong_rows_and_columns_are_refused() -> None:
    with pytest.raises(UsageError, match="a row of 1 cells in a table of 2 columns"):
        table_html(["One", "Two"], [("1",)])
    with pytest.raises(UsageError, match="no column 'Three'"):
        table_html(["One", "Two"], [], numeric=["Three"])
