"""The page around the sections: head, table of contents, foot. Nothing in it needs a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from eval.report.markup import Content, Html, html, join, paragraph, tag

NOT_A_DEVICE = "Research use only, not a medical device."
PICTURES_INSIDE = (
    "This page contains pictures of this library: keep it as carefully as the library itself."
)

# A browser that follows it loads nothing from anywhere, whatever the page says.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@dataclass(frozen=True, slots=True)
class Section:
    """name: of `eval.report.making.SECTIONS`, its anchor. found: its numbers as JSON values that
    name no image, for the stored run. pictures: whether it shows images of the library. made:
    False for one that says why it could not be."""

    name: str
    title: str
    body: Html
    found: Mapping[str, Any] = field(default_factory=dict)
    pictures: bool = False
    made: bool = True


def render(title: str, subtitle: Content, sections: Sequence[Section]) -> str:
    """The whole page."""
    entries = [tag("li", tag("a", each.title, href=f"#{each.name}")) for each in sections]
    foot = [NOT_A_DEVICE] + [PICTURES_INSIDE] * any(each.pictures for each in sections)
    body = join(
        [
            tag("header", tag("h1", title), paragraph(subtitle), paragraph(NOT_A_DEVICE)),
            tag("nav", tag("h2", "Contents"), tag("ol", *entries), aria_label="Contents"),
            tag("main", Html("\n"), *map(_rendered, sections)),
            tag("footer", *map(paragraph, foot)),
        ]
    )
    head = join(
        [
            tag("meta", charset="utf-8"),
            tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="color-scheme", content="light dark"),
            tag("meta", name="robots", content="noindex"),
            tag("link", rel="icon", href="data:,"),
            tag("title", title),
            tag("style", Html(_stylesheet())),
        ]
    )
    whole = tag("html", tag("head", head), Html("\n"), tag("body", body), lang="en")
    return f"<!doctype html>\n{whole}\n"


def _rendered(section: Section) -> Html:
    return join([tag("section", tag("h2", section.title), section.body, id=section.name), ""])


def _stylesheet() -> str:
    return files("eval.report").joinpath("page.css").read_text(encoding="utf-8")


def absent(name: str, title: str, why: str, way_out: str = "") -> Section:
    """A section that cannot be made, and says why in its place."""
    said = f"Not measured: {why.rstrip('.')}." + (f" {_sentence(way_out)}" if way_out else "")
    return Section(name, title, tag("p", html(said), class_="absent"), {"absent": why}, made=False)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."
