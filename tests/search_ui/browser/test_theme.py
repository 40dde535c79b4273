"""Dark by default, light on request, in a real Chromium."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from search_ui.theme import DARK, LIGHT

_GROUND = "getComputedStyle(document.querySelector('.stApp') ?? document.documentElement)"
_SHOWN = f"{_GROUND}.backgroundColor"


def rgb(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


def opened(page: Page, path: str) -> Page:
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def choose_with_the_keyboard(page: Page, theme: str) -> None:
    page.get_by_role("button", name="Main menu").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitemradio", name="System")).to_be_focused()
    for _ in range(("System", "Light", "Dark").index(theme)):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")


def test_dark_from_the_first_moment_whatever_the_system_prefers(page: Page) -> None:
    # Noted before every picture of the screen until the page is ready.
    page.add_init_script(
        "window.grounds = new Set(); const note = () => {"
        f"if (document.head) grounds.add({_SHOWN}); requestAnimationFrame(note); }}; note();"
    )
    opened(page, "/")
    grounds = set(page.evaluate("[...grounds]")) - {"rgba(0, 0, 0, 0)"}
    assert grounds == {rgb(DARK["backgroundColor"])}


def test_light_is_a_choice_that_the_browser_remembers_for_all_pages(page: Page) -> None:
    choose_with_the_keyboard(opened(page, "/"), "Light")
    light = rgb(LIGHT["backgroundColor"])
    page.wait_for_function(f"{_SHOWN} === '{light}'")
    page.get_by_role("link", name="Library").click()
    expect(page).to_have_title("Library · Radalike")
    assert page.evaluate(_SHOWN) == light
    for path in ("/", "/browse"):
        assert opened(page, path).evaluate(_SHOWN) == light
    choose_with_the_keyboard(page, "Dark")
    page.wait_for_function(f"{_SHOWN} === '{rgb(DARK['backgroundColor'])}'")
    assert opened(page, "/").evaluate(_SHOWN) == rgb(DARK["backgroundColor"])


def test_colours_of_ours_follow_the_theme(page: Page) -> None:
    quiet = "getComputedStyle(document.querySelector('.rl-status')).color"
    dark = opened(page, "/").evaluate(quiet)
    choose_with_the_keyboard(page, "Light")
    page.wait_for_function(f"{quiet} !== '{dark}'")
