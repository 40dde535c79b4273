"""HTML from values: every text is escaped, unless its type says that it is HTML already."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape
from typing import TypeAlias

# What no page may hold: NUL and the other controls, and halves of surrogate pairs.
_FORBIDDEN = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127, *range(55296, 57344)), "�")
_ALONE = frozenset(("img", "meta", "link", "br", "hr"))


class Html(str):
    """Text that is HTML: all that is foreign in it has been escaped."""

    __slots__ = ()


Content: TypeAlias = "str | Html"
"""A plain text, to be escaped, or HTML."""


def html(content: Content) -> Html:
    if isinstance(content, Html):
        return content
    return Html(escape(content.translate(_FORBIDDEN), quote=True))


def join(parts: Iterable[Content], separator: str = "\n") -> Html:
    return Html(separator.join(map(html, parts)))


def tag(name: str, /, *children: Content, **attributes: str) -> Html:
    """`tag("p", "a < b", class_="note")`; an underscore at the end of a name is left out, others
    are hyphens."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html(value)}"' for key, value in attributes.items()
    )
    if name in _ALONE:
        return Html(f"<{name}{said}>")
    return Html(f"<{name}{said}>{join(children, '')}</{name}>")


def paragraph(*children: Content, quiet: bool = False) -> Html:
    return tag("p", *children, class_="quiet") if quiet else tag("p", *children)


def heading(text: str) -> Html:
    return tag("h3", text)


def bullets(items: Iterable[Content]) -> Html:
    """Nothing at all where there are none."""
    listed = [tag("li", item) for item in items]
    return tag("ul", *listed) if listed else Html("")


def facts(pairs: Iterable[tuple[str, Content]]) -> Html:
    """Names and values, as a table of two columns."""
    rows = [tag("tr", tag("th", name, scope="row"), tag("td", value)) for name, value in pairs]
    return _scrolling(tag("table", tag("tbody", *rows), class_="facts"))


def table(
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Content]],
    *,
    words: Sequence[str] = (),
    above: Sequence[tuple[str, int]] = (),
) -> Html:
    """Figures, flush right, but in the columns that `words` names; the first column is what a row
    is of. above: headings that span so many columns each."""
    left = {columns[0], *words}

    def kind(column: str) -> dict[str, str]:
        return {} if column in left else {"class_": "figure"}

    head = tag("tr", *(tag("th", each, scope="col", **kind(each)) for each in columns))
    if above:
        spans = [
            tag("th", each, scope="colgroup", colspan=str(width), class_="span")
            if each
            else tag("td", colspan=str(width))
            for each, width in above
        ]
        head = join([tag("tr", *spans), head], "")
    body = [
        tag(
            "tr",
            tag("th", row[0], scope="row"),
            *(tag("td", cell, **kind(of)) for of, cell in zip(columns[1:], row[1:], strict=True)),
        )
        for row in rows
    ]
    said = (tag("caption", caption),) if caption else ()
    return _scrolling(tag("table", *said, tag("thead", head), tag("tbody", *body)))


def with_note(value: str, note: str) -> Content:
    """A figure, and something smaller below it."""
    return join([value, tag("span", note, class_="note")], "") if note else value


def side_by_side(*figures: Html) -> Html:
    """As far as there is room."""
    return tag("div", *figures, class_="beside")


def figure(picture: Html, caption: str) -> Html:
    return tag("figure", picture, tag("figcaption", caption))


def image(png: bytes, description: str) -> Html:
    """A PNG inside the page."""
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return tag("div", tag("img", src=source, alt=description), class_="picture", tabindex="0")


def _scrolling(wide: Html) -> Html:
    """On a narrow screen it scrolls by itself, also with the keyboard, and the page does not."""
    return tag("div", wide, class_="wide", tabindex="0")
