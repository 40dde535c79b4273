"""Every page in a real Chromium: accessible in both themes, on screens of all sizes, and loaded
from its own server alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import axe_core_python
import pytest
from playwright.sync_api import Browser, Page, expect

from search_ui.router import PAGES
from tests.search_ui.browser.visits import Server, Traffic, new_page

pytestmark = pytest.mark.slow

_AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
_IN_STREAMLIT = {
    # A part of a date that is not typed yet has no value to tell.
    ("aria-required-attr", '[role="spinbutton"]'),
}
"""Findings in widgets of Streamlit's that neither an option nor a style mends: rule, element."""


def results(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Similar to this").first.click()
    expect(page.get_by_role("heading", name="most similar of")).to_be_visible()
    page.get_by_role("button", name="Relevant: ").nth(1).click()
    page.get_by_role("button", name="Not relevant: ").nth(2).click()
    expect(page.get_by_text("refined by your marks")).to_be_visible()


def opened_result(page: Page) -> None:
    results(page)
    page.get_by_role("button", name="Open: ").nth(3).click()
    expect(page.get_by_role("button", name="Back to the results")).to_be_visible()


def page_at(path: str) -> Callable[[Page], object]:
    return lambda page: page.goto(path)


VIEWS: dict[str, Callable[[Page], object]] = {
    **{entry.path: page_at(f"/{entry.path}") for entry in PAGES[1:]},
    "search": page_at("/"),
    "results": results,
    "opened": opened_result,
}


@dataclass(frozen=True)
class View:
    page: Page
    traffic: Traffic


@pytest.fixture(scope="module", params=list(VIEWS))
def view(request: pytest.FixtureRequest, browser: Browser, server: Server) -> Iterator[View]:
    """Each is opened once; what a test changes of it, screen and theme, each test sets."""
    traffic = Traffic()
    with new_page(browser, server, traffic) as page:
        VIEWS[request.param](page)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator('.stApp[data-test-script-state="notRunning"]')).to_be_visible()
        yield View(page, traffic)


def show(page: Page, theme: str) -> None:
    page.set_viewport_size({"width": 1400, "height": 900})
    page.get_by_role("button", name="Main menu").click()
    page.get_by_role("menuitemradio", name=theme).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menuitemradio", name=theme)).to_be_hidden()


def findings(page: Page) -> list[dict[str, Any]]:
    """What axe finds that is serious, but for what is Streamlit's."""
    page.evaluate(_AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
    for each in serious:
        excused = [element for rule, element in _IN_STREAMLIT if rule == each["id"]]
        each["nodes"] = [
            node
            for node in each["nodes"]
            if not any(_matches(page, node["target"], element) for element in excused)
        ]
    return [each for each in serious if each["nodes"]]


def _matches(page: Page, target: list[Any], element: str) -> bool:
    return len(target) == 1 and bool(
        page.evaluate(
            "([target, element]) => document.querySelector(target).matches(element)",
            [target[0], element],
        )
    )


def test_a_serious_finding_is_found(page: Page) -> None:
    page.set_content('<html lang="en"><title>t</title><main><h1>t</h1><img src="data:,"></main>')
    assert [each["id"] for each in findings(page)] == ["image-alt"]


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_accessible(view: View, theme: str) -> None:
    show(view.page, theme)
    found = findings(view.page)
    assert not found, json.dumps(found, indent=1)


def test_its_own_server_alone_and_no_complaint(view: View, server: Server) -> None:
    page = view.page
    assert view.traffic.hosts == {server.url.removeprefix("http://")}
    assert view.traffic.complaints == []
    assert page.title().endswith(" · Radalike")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_text("Research use only, not a medical device.").is_visible()


def test_headings_and_landmarks(view: View) -> None:
    page = view.page
    page.set_viewport_size({"width": 1400, "height": 900})
    levels = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, h4')].map(each => +each.tagName[1])"
    )
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(level <= before + 1 for before, level in pairwise(levels))
    for role in ("banner", "navigation", "main"):
        expect(page.get_by_role(role)).to_have_count(1)
    assert page.get_by_role("link", name="Skip to").count() == 1


@pytest.mark.parametrize("width", [360, 800])
def test_nothing_is_wider_than_the_screen(view: View, width: int) -> None:
    view.page.set_viewport_size({"width": width, "height": 800})
    view.page.wait_for_timeout(300)
    main = view.page.locator(".stMain")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
