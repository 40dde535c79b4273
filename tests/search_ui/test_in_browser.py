"""The page in a real Chromium, served as `radalike ui` serves it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    expect,
    sync_playwright,
)

from search_ui.server import address, command_line, environment

PngOf = Callable[[str, str, int], bytes]
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_SECRET = "SECRET-NAME"


@dataclass(frozen=True)
class Server:
    url: str
    log: Path


@dataclass
class Traffic:
    """Hosts that the page asked, and what it complained of."""

    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("RADALIKE_REQUIRE_CHROMIUM") == "1":
            pytest.fail("RADALIKE_REQUIRE_CHROMIUM=1, but there is no chromium on the PATH")
        pytest.skip("there is no chromium on the PATH")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def server(library_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command_line("127.0.0.1", port, headless=True),
            env=environment(library_folder, os.environ),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Server(address("127.0.0.1", port), log)
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def traffic() -> Traffic:
    return Traffic()


@pytest.fixture
def page(browser: Browser, server: Server, traffic: Traffic) -> Iterator[Page]:
    """The first page, on a screen of 1400 by 900."""
    opened = browser.new_page(viewport={"width": 1400, "height": 900})
    opened.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    _visit(opened, server.url)
    opened.on("request", lambda request: traffic.hosts.add(request.url.split("/")[2]))
    opened.on("console", traffic.heard)
    opened.on("pageerror", lambda error: traffic.complaints.append(str(error)))
    opened.reload()
    yield opened
    opened.close()


def _visit(page: Page, url: str) -> None:
    """Open `url` as soon as the server, which is starting, answers."""
    for _ in range(300):
        try:
            page.goto(url)
        except Error as error:
            if "ERR_CONNECTION_REFUSED" not in str(error):
                raise
            page.wait_for_timeout(100)
        else:
            return
    pytest.fail("the server did not start")


def cards(page: Page) -> Locator:
    return page.locator(".st-key-gallery .rl-what b")


def modality(page: Page, name: str) -> Locator:
    """The choice `name` of the filter."""
    return page.get_by_test_id("stSidebar").get_by_role("button", name=name)


def test_upload_filter_and_similar_to_this(
    page: Page, server: Server, traffic: Traffic, png_of: PngOf
) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": f"{_SECRET}.png", "mimeType": "image/png", "buffer": png_of("CT", "brain", 50)}
    )
    expect(page.get_by_role("heading", name="Similar to your image")).to_be_visible()
    expect(cards(page)).to_have_count(20)
    assert set(cards(page).all_inner_texts()) == {"CT", "MR", "Ultrasound"}
    widths = "pictures => pictures.map(picture => picture.naturalWidth)"
    assert set(page.locator(".rl-picture img").evaluate_all(widths)) == {80}

    modality(page, "MR").click()
    expect(cards(page)).to_have_count(6)
    expect(cards(page)).to_have_text(["MR"] * 6)
    expect(page.get_by_text("6 most similar of 6 images (MR)")).to_be_visible()

    page.get_by_role("button", name="Similar to this").last.click()
    expect(page.get_by_role("heading", name="Similar to MR, brain")).to_be_visible()
    expect(cards(page)).to_have_text(["MR"] * 5)
    assert "like=" in page.url
    assert page.locator(".stMain").evaluate("main => main.scrollTop") == 0

    page.get_by_role("button", name="Back").click()
    expect(page.get_by_role("heading", name="Similar to your image")).to_be_visible()
    expect(cards(page)).to_have_count(6)

    assert traffic.hosts == {server.url.removeprefix("http://")}
    assert traffic.complaints == []
    assert _SECRET not in page.content()
    assert _SECRET not in server.log.read_text()


def test_the_browsers_own_way_back(page: Page) -> None:
    page.get_by_role("button", name="Similar to this").first.click()
    expect(cards(page)).to_have_count(20)
    modality(page, "Ultrasound").click()
    expect(cards(page)).to_have_count(6)
    page.go_back()
    expect(cards(page)).to_have_count(20)
    page.go_back()
    expect(page.get_by_role("heading", name="Or start from an image")).to_be_visible()
    page.go_forward()
    expect(cards(page)).to_have_count(20)


def test_all_can_be_done_with_the_keyboard(page: Page) -> None:
    expect(cards(page)).to_have_count(12)
    focused = "document.activeElement.innerText"

    def tab_to(text: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if text in str(page.evaluate(focused)) and page.evaluate(
                "document.activeElement.tagName === 'BUTTON'"
            ):
                return
        pytest.fail(f"Tab does not reach {text!r}")

    tab_to("CT")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text("6 of 24 images pass")).to_be_visible()
    expect(cards(page)).to_have_text(["MR"] * 6)
    tab_to("Similar to this")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Similar to MR, brain")).to_be_visible()


@pytest.mark.parametrize("width", [360, 800, 1400])
def test_nothing_is_wider_than_the_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.get_by_role("button", name="Similar to this").first.click()
    expect(cards(page)).to_have_count(20)
    assert page.locator(".stMain").evaluate("main => main.scrollWidth <= main.clientWidth")
