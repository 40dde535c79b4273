"""The search page in a real Chromium, as somebody uses it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.search_ui.browser.visits import Server, Traffic

PngOf = Callable[[str, str, int], bytes]
_SECRET = "SECRET-NAME"


def cards(page: Page) -> Locator:
    """What kind of image each card of the grid shows."""
    return page.locator("ul.cards b")


def similar(page: Page) -> Locator:
    return page.get_by_role("button", name="Similar to this: ")


def modality(page: Page, name: str) -> Locator:
    """The choice `name` of the filter."""
    return page.get_by_test_id("stSidebar").get_by_role("button", name=name)


def heading(page: Page, text: str) -> Locator:
    return page.get_by_role("heading", name=text)


@pytest.fixture
def started(page: Page) -> Page:
    page.goto("/")
    expect(heading(page, "Or start from an image")).to_be_visible()
    expect(cards(page).first).to_be_visible()
    return page


def test_upload_filter_and_similar_to_this(
    started: Page, server: Server, traffic: Traffic, png_of: PngOf
) -> None:
    page = started
    page.locator("input[type=file]").set_input_files(
        {"name": f"{_SECRET}.png", "mimeType": "image/png", "buffer": png_of("CT", "brain", 50)}
    )
    expect(heading(page, "Similar to your image")).to_be_visible()
    expect(cards(page)).to_have_count(20)
    assert set(cards(page).all_inner_texts()) == {"CT", "MR", "Ultrasound"}
    picture = page.locator(".rl-picture img")
    assert picture.evaluate("image => image.naturalWidth") > 0

    modality(page, "MR").click()
    expect(cards(page)).to_have_text(["MR"] * 6)
    expect(heading(page, "6 most similar of 6 images (MR)")).to_be_visible()

    similar(page).last.click()
    expect(heading(page, "Similar to MR, brain")).to_be_visible()
    expect(cards(page)).to_have_text(["MR"] * 5)
    assert "like=" in page.url
    assert page.locator(".stMain").evaluate("main => main.scrollTop") == 0

    page.get_by_role("button", name="Back", exact=True).click()
    expect(heading(page, "Similar to your image")).to_be_visible()
    expect(cards(page)).to_have_count(6)

    assert traffic.hosts == {server.url.removeprefix("http://")}
    assert traffic.complaints == []
    assert _SECRET not in page.content()
    assert _SECRET not in server.log.read_text()


def test_the_browsers_own_way_back(started: Page) -> None:
    page = started
    similar(page).first.click()
    expect(heading(page, "20 most similar")).to_be_visible()
    modality(page, "Ultrasound").click()
    expect(heading(page, "(Ultrasound)")).to_be_visible()
    page.go_back()
    expect(heading(page, "20 most similar of 24 images")).to_be_visible()
    page.go_back()
    expect(heading(page, "Or start from an image")).to_be_visible()
    page.go_forward()
    expect(heading(page, "20 most similar of 24 images")).to_be_visible()


def test_all_can_be_done_with_the_keyboard(started: Page) -> None:
    page = started
    focused = """() => {
      let found = document.activeElement;
      while (found.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
      return found.getAttribute("aria-label") ?? found.innerText;
    }"""

    def tab_to(text: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if re.match(text, str(page.evaluate(focused))):
                return
        pytest.fail(f"Tab does not reach {text!r}")

    tab_to("Skip to")
    tab_to("CT")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text("6 of 24 images pass")).to_be_visible()
    expect(cards(page)).to_have_text(["MR"] * 6)
    tab_to("Open: MR")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("s")
    expect(heading(page, "Similar to MR, brain")).to_be_visible()
    expect(cards(page)).to_have_count(5)
    tab_to("Open: MR")
    page.keyboard.press("r")
    expect(page.get_by_text("refined by your marks")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Back to the results")).to_be_visible()


def test_what_has_the_focus_is_seen(started: Page) -> None:
    page = started
    for element in (modality(page, "MR"), similar(page).first, page.get_by_text("More filters")):
        element.evaluate("each => (each.closest('button, summary') ?? each).focus()")
        page.keyboard.press("Shift")  # so that the browser takes it for the keyboard's focus
        outline = element.evaluate(
            "each => getComputedStyle(each.closest('button, summary')).outline"
        )
        assert "solid 2px" in outline, outline
