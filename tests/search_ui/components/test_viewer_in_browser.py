"""The picture viewer in a real Chromium, on a page of nothing else."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import (
    BrowserContext,
    Page,
    WebSocketRoute,
    sync_playwright,
)
from playwright.sync_api import expect as expected

from tests.search_ui.components.viewer_page import (
    AT_FIRST,
    choose,
    colour,
    contrast,
    drag,
    frame,
    frame_width,
    grey,
    middle,
    press,
    same,
    state,
    tab_to,
    views,
    visit,
    windowed,
)

_APP = Path(__file__).with_name("viewer_app.py")
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")
_OPTIONS = {
    "server.address": "127.0.0.1",
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[BrowserContext]:
    """One for all pages, so that what Streamlit serves is loaded once."""
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("RADALIKE_REQUIRE_CHROMIUM") == "1":
            pytest.fail("RADALIKE_REQUIRE_CHROMIUM=1, but there is no chromium on the PATH")
        pytest.skip("there is no chromium on the PATH")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        yield opened.new_context(viewport={"width": 1200, "height": 800})
        opened.close()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(_APP), "--server.port", str(port)]
    for name, value in _OPTIONS.items():
        command += [f"--{name}", value]
    with (tmp_path_factory.mktemp("viewer") / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def complaints() -> list[str]:
    """What the page complained of: errors, and dialogs that a script in a label would open."""
    return []


@pytest.fixture
def page(browser: BrowserContext, url: str, complaints: list[str]) -> Iterator[Page]:
    opened = browser.new_page()
    expected.set_options(timeout=20_000)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("dialog", lambda dialog: complaints.append(dialog.message))
    visit(opened, url)
    yield opened
    opened.close()


def test_keys_zoom_and_move_both_pictures(page: Page) -> None:
    assert views(page) == [same((0.5, 0.5, 1))] * 2
    frame(page).focus()
    press(page, "+", "+", "ArrowRight", "ArrowDown", "ArrowDown")
    expected(state(page)).to_contain_text("Zoom 1.56")
    moved = (0.5 + 0.1 / 1.5625, 0.5 + 0.2 / 1.5625, 1.5625)
    page.wait_for_timeout(50)
    assert views(page) == [same(moved)] * 2
    press(page, "-", "f")
    expected(state(page)).to_contain_text("Zoom 1.00")
    press(page, "1")
    expected(state(page)).to_contain_text("(1:1)")
    assert views(page)[0][2] == pytest.approx(320 / frame_width(page), rel=0.01)


def test_the_wheel_zooms_towards_the_pointer(page: Page) -> None:
    x, y = middle(page)
    page.mouse.move(x + 60, y + 20)
    page.mouse.wheel(0, -400)
    expected(state(page)).to_contain_text("Zoom 2.23")
    width = frame_width(page)
    height = width * 200 / 320
    centre_x, centre_y, zoom = views(page)[0]
    assert centre_x + 60 / (width * zoom) == pytest.approx(0.5 + 60 / width, abs=5e-3)
    assert centre_y + 20 / (height * zoom) == pytest.approx(0.5 + 20 / height, abs=5e-3)
    assert page.locator(".stMain").evaluate("main => main.scrollTop") == 0


def test_dragging_moves_and_a_double_click_changes_the_scale(page: Page) -> None:
    x, y = middle(page, 1)
    page.mouse.dblclick(x, y)
    expected(state(page)).to_contain_text(re.compile(r"Zoom 2.13. \(1:1\)"))
    drag(page, -64, 32, number=1)
    page.wait_for_timeout(50)
    assert views(page) == [same((0.6, 0.45, 640 / 300))] * 2
    page.mouse.dblclick(x, y)
    expected(state(page)).to_contain_text("Zoom 1.00")


def test_pictures_move_apart_when_told_so(page: Page) -> None:
    page.get_by_role("button", name="Move together").click()
    frame(page, 1).focus()
    press(page, "+")
    expected(state(page)).to_contain_text(re.compile("Zoom 1.00. and 1.25.,"))
    assert views(page) == [same((0.5, 0.5, 1)), same((0.5, 0.5, 1.25))]
    press(page, "t")
    expected(state(page)).to_contain_text(re.compile("Zoom 1.25.,"))
    assert views(page) == [same((0.5, 0.5, 1.25))] * 2


@pytest.mark.parametrize("modifier", ["", "Shift"])
def test_dragging_sets_the_window_of_both_pictures(page: Page, modifier: str) -> None:
    before = [grey(page, 0), grey(page, 1)]
    assert before[0].min() < 5
    assert before[0].max() > 250
    if modifier:
        page.keyboard.down(modifier)
    drag(page, -100, 30, button="left" if modifier else "right")
    expected(state(page)).to_contain_text("window width 156, level 158")
    for number in (0, 1):
        np.testing.assert_array_equal(grey(page, number), windowed(before[number], 156, 158))
    assert views(page) == [same((0.5, 0.5, 1))] * 2


def test_keys_set_the_window(page: Page) -> None:
    before = grey(page)
    frame(page).focus()
    press(page, *"[[]{{{}")
    expected(state(page)).to_contain_text("window width 240, level 120.")
    np.testing.assert_array_equal(grey(page), windowed(before, 240, 120))
    press(page, "0")
    expected(state(page)).to_contain_text("window width 256, level 128.")
    np.testing.assert_array_equal(grey(page), before)
    press(page, "i")
    expected(state(page)).to_contain_text("inverted")
    np.testing.assert_array_equal(grey(page), 255 - before)


def test_the_narrowest_window_is_a_threshold(page: Page) -> None:
    before = grey(page)
    frame(page).focus()
    press(page, *["{"] * 40)
    expected(state(page)).to_contain_text("window width 1, level 128.")
    np.testing.assert_array_equal(grey(page), np.where(before > 127.5, 255, 0))


def test_a_region_is_drawn_with_the_mouse(page: Page, complaints: list[str]) -> None:
    page.get_by_role("button", name="Mark a region").click()
    expected(state(page)).to_contain_text("Draw a region on the first picture")
    drag(page, 0.25 * frame_width(page), 0.25 * frame_width(page) * 200 / 320)
    expected(page.get_by_text("region (")).to_be_visible()
    told = page.get_by_text("region (").inner_text()
    parts = [float(part) for part in re.findall(r"[\d.]+", told)]
    assert parts == pytest.approx([0.5, 0.5, 0.25, 0.25], abs=6e-3)
    outline = page.locator(".region").bounding_box()
    x, y = middle(page)
    assert outline is not None
    assert (outline["x"], outline["y"]) == pytest.approx((x, y), abs=2)
    assert outline["width"] == pytest.approx(0.25 * frame_width(page), abs=2)
    assert complaints == []


def test_a_click_and_escape_mark_nothing(page: Page) -> None:
    page.get_by_role("button", name="Mark a region").click()
    page.mouse.click(*middle(page))
    press(page, "Enter")
    expected(state(page)).to_contain_text("Region to be set")
    press(page, "Escape")
    expected(state(page)).to_have_text(AT_FIRST)
    expected(page.locator(".region")).to_be_hidden()
    expected(page.get_by_role("button", name="Whole picture")).to_be_disabled()
    expected(page.get_by_text("run 1")).to_be_visible()


def test_all_can_be_done_with_the_keyboard(page: Page) -> None:
    tab_to(page, "Zoom in")
    press(page, "Enter")
    expected(state(page)).to_contain_text("Zoom 1.25")
    tab_to(page, "Mark a region")
    press(page, "Space")  # goes on to the picture by itself
    press(page, "f", "Enter", "ArrowLeft", "ArrowUp", "ArrowUp", "Shift+ArrowRight", "Enter")
    expected(page.get_by_text("region (0.355, 0.335, 0.27, 0.25)")).to_be_visible()
    expected(state(page)).to_contain_text("Region: 27 % by 25 %, at 36 % across and 34 % down.")
    tab_to(page, "Whole picture", "Shift+Tab")
    press(page, "Enter")
    expected(page.get_by_text("region None")).to_be_visible()
    expected(page.locator(".region")).to_be_hidden()
    press(page, "i")  # the first picture has the focus again
    expected(state(page)).to_contain_text("inverted")
    ring = frame(page).evaluate("frame => getComputedStyle(frame).outlineStyle")
    assert ring == "solid"


def test_the_keyboard_reaches_it_in_a_dialog_too(page: Page) -> None:
    page.get_by_role("button", name="Closer").click()
    dialog = page.get_by_role("dialog")
    expected(dialog.locator("canvas").first).to_be_visible()
    tab_to(page, "Zoom in")
    press(page, "Enter")
    expected(dialog.locator(".state")).to_contain_text("Zoom 1.25")
    expected(dialog.get_by_role("button", name="Mark a region")).to_be_hidden()
    dialog.locator(".frame").first.focus()
    press(page, "Enter", "ArrowRight")
    expected(dialog.locator(".region")).to_be_hidden()


def test_what_files_say_is_text(page: Page, complaints: list[str]) -> None:
    expected(page.locator("figcaption").nth(0)).to_have_text("<script>alert(1)</script> Query")
    expected(page.locator("figcaption").nth(1)).to_have_text("Hit <img src=x>")
    expected(page.get_by_role("img", name='MR" onload="alert(1)')).to_be_visible()
    assert page.locator(".rl-viewer").locator("img, script, [onload]").count() == 0
    assert complaints == []


def test_a_rerun_keeps_view_window_and_elements(page: Page) -> None:
    frame(page).evaluate("frame => (frame.here = true)")
    frame(page).focus()
    press(page, "+", "ArrowRight", "]", "i")
    expected(state(page)).to_contain_text("inverted")
    shown = state(page).inner_text()
    looked, values = views(page), grey(page)
    page.get_by_role("button", name="Run again").click()
    expected(page.get_by_text("run 2")).to_be_visible()
    choose(page, "one")
    expected(frame(page, 1)).to_be_hidden()
    expected(page.get_by_role("button", name="Move together")).to_be_hidden()
    choose(page, "two")
    expected(frame(page, 1)).to_be_visible()
    assert frame(page).evaluate("frame => frame.here")
    assert state(page).inner_text() == shown
    page.wait_for_timeout(100)
    assert views(page) == [same(looked[0])] * 2
    np.testing.assert_array_equal(grey(page), values)


def test_another_first_picture_begins_anew(page: Page) -> None:
    frame(page).focus()
    press(page, "+", "i")
    expected(state(page)).to_contain_text("inverted")
    choose(page, "swapped")
    expected(page.locator("figcaption").nth(1)).to_contain_text("Query")
    expected(state(page)).to_have_text(AT_FIRST)


def test_a_picture_that_cannot_be_read_says_so(page: Page) -> None:
    choose(page, "broken")
    expected(page.get_by_text("This picture cannot be shown")).to_be_visible()
    expected(page.locator("canvas").nth(1)).to_be_hidden()
    choose(page, "two")
    expected(page.get_by_text("This picture cannot be shown")).to_be_hidden()
    expected(page.locator("canvas").nth(1)).to_be_visible()


def test_a_region_that_no_viewer_sends_is_refused(page: Page, url: str) -> None:
    def forge(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        socket.on_message(lambda sent: server.send(forged(sent)))

    page.route_web_socket(re.compile("_stcore"), forge)
    visit(page, url)
    frame(page).focus()
    press(page, "Enter", "Enter")
    alert = page.get_by_role("alert")
    expected(alert.get_by_text("The region does not lie in the picture")).to_be_visible()
    expected(page.get_by_text("run 2")).to_be_visible()
    expected(page.locator(".stException")).to_have_count(0)
    expected(page.get_by_text("region None")).to_be_visible()


def forged(sent: str | bytes) -> str | bytes:
    """A region that begins far outside, where one in the middle was sent."""
    return sent.replace(b"0.375", b"7.375") if isinstance(sent, bytes) else sent


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_words_stand_out_in_both_themes(page: Page, url: str, theme: str) -> None:
    visit(page, f"{url}/?embed=true&embed_options={theme}_theme")
    background = colour(page.locator(".stApp"), "backgroundColor")
    assert (sum(background) > 380) == (theme == "light")
    assert contrast(colour(state(page), "color"), background) > 4.5
    for name in ("Zoom in", "Move together"):  # the second is pressed
        button = page.get_by_role("button", name=name)
        inside = colour(button, "backgroundColor")
        assert contrast(colour(button, "color"), inside) > 4.5
    frame(page).focus()
    press(page, "+")
    assert contrast(colour(frame(page), "outlineColor"), background) > 3


def test_on_a_narrow_screen_pictures_lie_below_each_other(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.wait_for_timeout(200)
    first, second = frame(page, 0).bounding_box(), frame(page, 1).bounding_box()
    assert first is not None
    assert second is not None
    assert second["y"] >= first["y"] + first["height"]
    assert second["x"] == first["x"]
    assert page.locator(".stMain").evaluate("main => main.scrollWidth <= main.clientWidth")
    assert views(page) == [same((0.5, 0.5, 1))] * 2
