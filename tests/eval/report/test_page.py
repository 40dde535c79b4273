from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from eval.report.markup import paragraph
from eval.report.page import NOT_A_DEVICE, PICTURES_INSIDE, Section, absent, render

SECTIONS = [
    Section("one", "One & all", paragraph("first")),
    absent("two", "Two", "there is no validation image", "choose some with --validation"),
]


class Links(HTMLParser):
    """All that a page points to or loads, and its elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.elements: list[str] = []
        self.anchors: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        for name, value in attrs:
            if name in {"src", "href", "action", "data", "srcset"}:
                self.targets.append(value or "")
            if name == "id":
                self.anchors.add(value or "")


def test_a_page_is_whole_and_needs_nothing_else() -> None:
    page = render("Title <b>", "with x", SECTIONS)
    assert page.startswith("<!doctype html>\n<html lang=")
    assert "Title &lt;b&gt;" in page
    links = Links(page)
    assert all(target.startswith(("#", "data:")) for target in links.targets)
    assert {target[1:] for target in links.targets if target.startswith("#")} == {"one", "two"}
    assert {"one", "two"} <= links.anchors
    assert not {"script", "iframe", "object", "form"} & set(links.elements)
    assert "url(" not in page
    assert "@import" not in page
    assert "default-src 'none'" in page or "default-src &#x27;none&#x27;" in page


def test_what_it_is_not_for_is_said_and_whether_pictures_are_inside() -> None:
    plain = render("t", "s", SECTIONS)
    assert plain.count(NOT_A_DEVICE) == 2
    assert PICTURES_INSIDE not in plain
    with_pictures = Section("p", "P", paragraph("x"), pictures=True)
    assert PICTURES_INSIDE in render("t", "s", [with_pictures])


def test_a_section_that_is_absent_says_why_in_whole_sentences() -> None:
    said = "Not measured: there is no validation image. Choose some with --validation."
    assert said in SECTIONS[1].body
    assert (SECTIONS[1].made, SECTIONS[1].found) == (
        False,
        {"absent": "there is no validation image"},
    )
    assert "Not measured: left out." in absent("x", "X", "left out.").body


# -- colours ---------------------------------------------------------------------------------------

STYLES = files("eval.report").joinpath("page.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6})", block))
    for block in re.findall(r":root \{([^}]*--paper[^}]*)\}", STYLES)
)


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, two: str) -> float:
    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_contrast_is_aa(theme: dict[str, str]) -> None:
    assert set(theme) == set(LIGHT)
    for text in ("--ink", "--quiet", "--link"):
        for ground in ("--paper", "--band"):
            assert contrast(theme[text], theme[ground]) >= 4.5, (text, ground)
    series = [name for name in theme if name.startswith("--series")]
    assert len(series) == 6
    for name in series:
        assert contrast(theme[name], theme["--paper"]) >= 3, name
