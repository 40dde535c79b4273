from __future__ import annotations

from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.report.markup import Html, bullets, facts, html, image, join, table, tag, with_note

HOSTILE = "<script>alert('x')</script> & \"y\""


class Reader(HTMLParser):
    """The elements and the text of some HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


def test_text_is_escaped_and_html_is_not() -> None:
    assert tag("p", "a < b", Html("<b>c</b>")) == "<p>a &lt; b<b>c</b></p>"
    assert html(html("&")) == "&amp;"
    assert tag("img", src="a", alt='say "no"') == '<img src="a" alt="say &quot;no&quot;">'
    assert tag("td", "1", class_="figure", aria_label="x", viewBox="0") == (
        '<td class="figure" aria-label="x" viewBox="0">1</td>'
    )


@given(st.text())
def test_foreign_text_stays_text_wherever_it_stands(text: str) -> None:
    written = join(
        [
            tag("p", text, title=text),
            table(text, ["a", text + "!"], [[text, text]], words=[text]),
            facts([(text, text)]),
            bullets([text]),
            with_note(text, text),
        ]
    )
    allowed = {"p", "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "ul", "li"}
    assert set(read(written).elements) <= allowed | {"span"}
    written.encode()  # no half of a surrogate pair is left


def test_hostile_text_is_shown_as_it_is() -> None:
    found = read(tag("p", HOSTILE))
    assert (found.elements, unescape(found.text)) == (["p"], HOSTILE)


def test_controls_and_half_characters_are_replaced() -> None:
    assert html("a\x00b\ud800c\td") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c\td"


def test_a_table_marks_its_figures() -> None:
    written = table("", ["name", "n", "what"], [("x", "1", "y")], words=["what"])
    assert '<th scope="row">x</th><td class="figure">1</td><td>y</td>' in written
    spanning = table("", ["name", "n", "m"], [], above=[("", 1), ("both", 2)])
    assert (
        '<td colspan="1"></td><th scope="colgroup" colspan="2" class="span">both</th>' in spanning
    )


def test_a_row_of_another_length_is_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        table("", ["a", "b", "c"], [("x", "1")])


def test_nothing_to_list_is_nothing() -> None:
    assert bullets([]) == ""


def test_a_picture_is_inside() -> None:
    assert '<img src="data:image/png;base64,iVBORw==" alt="a map">' in image(b"\x89PNG", "a map")
