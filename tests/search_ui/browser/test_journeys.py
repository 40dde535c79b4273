"""Whole ways through the search page, as a person goes them. With SCREENSHOT_FOLDER set each
leaves pictures there, to be looked at."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.radalike.imaging.dicom.datasets import dataset, encoded
from tests.search_ui.browser.conftest import Server

PngOf = Callable[[str, str, int], bytes]
HU = {"RescaleSlope": 1, "RescaleIntercept": -1000, "WindowCenter": 40, "WindowWidth": 400}


def shot(page: Page, name: str) -> None:
    folder = os.environ.get("SCREENSHOT_FOLDER")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")


def cards(page: Page) -> Locator:
    return page.locator("ul.cards li")


def best(page: Page) -> str:
    return cards(page).first.get_attribute("data-id") or ""


def found(page: Page, count: int | None = None) -> None:
    """Wait for results."""
    words = "most similar of" if count is None else f"{count} most similar of"
    expect(page.get_by_role("heading", name=words)).to_be_visible()
    # Streamlit marks what is still of the run before.
    expect(page.locator("[data-stale=true]")).to_have_count(0)


def at_rest(page: Page) -> None:
    """Wait until the server has nothing more to draw."""
    expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()
    expect(page.locator("[data-stale=true]")).to_have_count(0)


def upload(page: Page, name: str, data: bytes) -> None:
    page.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    )


def test_from_an_upload_to_a_file_of_results(page: Page, png_of: PngOf) -> None:
    page.goto("/")
    upload(page, "SECRET^NAME.png", png_of("CT", "brain", 40))
    found(page, 20)
    expect(page.get_by_role("heading", name="Similar to your image")).to_be_visible()
    shot(page, "1-uploaded")

    page.get_by_role("button", name="CT 12").click()
    found(page, 12)
    assert "modality=CT" in page.url

    first = best(page)
    cards(page).first.get_by_role("button", name="Open").click()
    expect(page.get_by_role("button", name="Back to the results")).to_be_visible()
    assert f"open={first}" in page.url
    shot(page, "2-opened")

    page.get_by_role("button", name="Similar to this", exact=False).and_(
        page.locator(".st-key-detail-similar button")
    ).click()
    found(page, 11)
    assert f"like={first}" in page.url
    expect(page.locator(f'li[data-id="{first}"]')).to_have_count(0)

    marked = cards(page).nth(2).get_attribute("data-id")
    cards(page).nth(2).get_by_role("button", name="Relevant:", exact=False).first.click()
    expect(page.get_by_text("refined by your marks")).to_be_visible()
    expect(page.locator(f'li[data-id="{marked}"]')).to_have_attribute("data-mark", "1")
    refused = cards(page).last.get_attribute("data-id")
    cards(page).last.get_by_role("button", name="Not relevant").click()
    expect(page.locator(f'li[data-id="{refused}"]')).to_have_count(0)
    shot(page, "3-marked")

    with page.expect_download() as started:
        page.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(started.value.path()).read_text())))
    assert [row["id"] for row in rows] == [
        each.get_attribute("data-id") for each in cards(page).all()
    ]
    assert next(row for row in rows if row["id"] == marked)["mark"] == "relevant"
    origin = json.loads(rows[0]["provenance"])
    assert origin["query"]["image"] == first
    assert origin["filters"] == {"modality": ["CT"]}
    assert "SECRET" not in json.dumps(rows)


def test_a_link_finds_the_same_again(page: Page, browser: Browser, server: Server) -> None:
    page.goto("/")
    cards(page).nth(3).get_by_role("button", name="Similar").click()
    found(page)
    page.get_by_role("button", name="Brain 12").click()
    expect(page).to_have_url(re.compile("anatomy=brain"))
    expect(page.get_by_role("heading", name="of 12 images (Brain)")).to_be_visible()
    found(page)
    shown = [each.get_attribute("data-id") for each in cards(page).all()]
    other = browser.new_context(base_url=server.url)
    other.set_default_timeout(60_000)
    second = other.new_page()
    second.goto(page.url)
    found(second)
    expect(cards(second)).to_have_count(len(shown))
    assert [each.get_attribute("data-id") for each in cards(second).all()] == shown
    other.close()


def test_what_is_no_image_is_told_and_the_next_one_works(page: Page, png_of: PngOf) -> None:
    page.goto("/")
    upload(page, "SECRET.png", b"SECRET is no image")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The query is no image")
    expect(alert).to_contain_text("PNG, JPEG")
    assert "SECRET" not in page.content()
    upload(page, "broken.png", png_of("CT", "chest", 1)[:300])
    expect(alert).not_to_contain_text("The query is no image")
    shot(page, "broken-upload")
    upload(page, "good.png", png_of("CT", "chest", 1))
    found(page)


def test_a_file_that_is_too_large_is_refused_by_the_browser(page: Page, tmp_path: Path) -> None:
    large = tmp_path / "large.dcm"
    with large.open("wb") as file:
        file.truncate(2 * 1024**3)  # a hole: it takes no room
    page.goto("/")
    page.locator("input[type=file]").first.set_input_files(large)
    expect(page.get_by_text(re.compile("must be 128.*MB or smaller"))).to_be_visible()


def test_two_visitors_see_nothing_of_each_other(
    page: Page, browser: Browser, server: Server, png_of: PngOf
) -> None:
    other = browser.new_context(base_url=server.url, viewport={"width": 1400, "height": 900})
    other.set_default_timeout(60_000)
    second = other.new_page()
    page.goto("/")
    second.goto("/")
    upload(page, "query.png", png_of("US", "thyroid", 50))
    found(page)
    cards(page).first.get_by_role("button", name="Relevant:").first.click()
    expect(page.get_by_text("refined by your marks")).to_be_visible()
    expect(second.get_by_role("heading", name="Find images that look alike")).to_be_visible()
    upload(second, "query.png", png_of("MR", "brain", 50))
    found(second)
    expect(second.get_by_text("refined by your marks")).to_have_count(0)
    expect(page.get_by_text("refined by your marks")).to_be_visible()
    assert best(page) != best(second)
    other.close()


def ct() -> bytes:
    """Three frames of CT; a disc that grows."""
    rows, columns = np.mgrid[0:96, 0:80]
    frames = [
        np.where((rows - 48) ** 2 + (columns - 40) ** 2 < (10 + 10 * number) ** 2, 1060, 1020)
        for number in range(3)
    ]
    return encoded(dataset(np.stack(frames).astype(np.uint16), **HU))


def test_frames_and_windows_of_an_uploaded_ct(page: Page) -> None:
    page.goto("/")
    upload(page, "ct.dcm", ct())
    found(page)
    expect(page.get_by_text("frame 2 of 3")).to_be_visible()
    expect(page.get_by_text("Window", exact=True)).to_be_visible()
    shot(page, "ct-as-stored")
    scores = cards(page).first.locator(".score").inner_text()

    slider = page.get_by_role("slider", name="Frame")
    slider.focus()
    slider.press("ArrowRight")
    expect(page.get_by_text("frame 3 of 3")).to_be_visible()
    expect(cards(page).first.locator(".score")).not_to_have_text(scores)

    scores = cards(page).first.locator(".score").inner_text()
    page.get_by_role("radio", name=re.compile("Brain")).click()
    expect(cards(page).first.locator(".score")).not_to_have_text(scores)
    page.get_by_role("radio", name="Level and width").click()
    expect(page.get_by_role("spinbutton", name="Level")).to_have_value("40")
    expect(page.get_by_role("spinbutton", name="Width")).to_have_value("80")
    shot(page, "ct-own-window")


def test_a_region_of_the_query(page: Page, png_of: PngOf) -> None:
    page.goto("/")
    upload(page, "query.png", png_of("CT", "brain", 60))
    found(page)
    page.get_by_text("Frame, window and region").click()
    page.get_by_role("button", name="Mark a region").click()
    picture = page.locator(".rl-viewer canvas").first
    picture.focus()
    picture.press("Enter")
    picture.press("Shift+ArrowRight")
    picture.press("Enter")
    expect(page).to_have_url(re.compile(r"region=0?\.\d"))
    found(page)
    shot(page, "region")
    page.get_by_role("button", name="Whole picture").click()
    expect(page).not_to_have_url(re.compile("region="))


def test_with_the_keyboard_alone(page: Page) -> None:
    page.goto("/")
    expect(cards(page).first).to_be_visible()

    def tab_to(wanted: str) -> None:
        for _ in range(80):
            page.keyboard.press("Tab")
            name = page.evaluate(
                """() => {
                    let at = document.activeElement;
                    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
                    if (!at || at.matches("body, main")) return "";  // hold all words
                    return at.getAttribute("aria-label") || at.innerText || "";
                }"""
            )
            if wanted in name:
                return
        pytest.fail(f"Tab does not lead to {wanted!r}")

    tab_to("Open:")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("s")
    found(page)
    tab_to("Open:")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("r")
    expect(page.get_by_text("refined by your marks")).to_be_visible()
    tab_to("Open:")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Back to the results")).to_be_visible()
    at_rest(page)  # what is drawn anew under the fingers is not pressed
    tab_to("Back to the results")
    page.keyboard.press("Enter")
    found(page)


@pytest.mark.parametrize("width", [400, 800])
def test_a_narrow_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/")
    cards(page).first.get_by_role("button", name="Similar").click()
    found(page)
    shot(page, f"results-{width}")
    overflow = page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert overflow <= 0
    cards(page).first.get_by_role("button", name="Open").click()
    expect(page.get_by_role("button", name="Back to the results")).to_be_visible()
    shot(page, f"opened-{width}")


def test_pictures_come_when_they_are_in_sight(page: Page) -> None:
    """Not with the page: a list of many does not wait for those that nobody scrolls to."""
    asked: set[str] = set()
    page.set_viewport_size({"width": 400, "height": 500})
    page.on("request", lambda each: asked.add(each.url) if "/thumbnails/" in each.url else None)
    page.goto("/")
    expect(cards(page).nth(23)).to_be_attached()
    page.wait_for_timeout(500)
    at_first = len(asked)
    assert 0 < at_first < 24
    cards(page).nth(23).scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    assert len(asked) > at_first
    for url in asked:
        answer = page.request.get(url)
        assert answer.ok
        assert len(answer.body()) <= 15_000
        assert "max-age" in answer.headers["cache-control"]
        Image.open(io.BytesIO(answer.body())).verify()
