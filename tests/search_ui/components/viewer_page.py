"""How a browser uses the viewer, and what it then shows."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Error, Locator, Page
from playwright.sync_api import expect as expected

AT_FIRST = re.compile(r"^Zoom 1\.00., window width 256, level 128\.$")


def visit(page: Page, url: str) -> None:
    """Open `url` as soon as the server, which is starting, answers, and wait for the pictures."""
    for _ in range(300):
        try:
            page.goto(url)
        except Error as error:
            if "ERR_CONNECTION_REFUSED" not in str(error):
                raise
            page.wait_for_timeout(100)
        else:
            break
    expected(page.locator("canvas").first).to_be_visible()
    expected(state(page)).to_have_text(AT_FIRST)


def state(page: Page) -> Locator:
    return page.locator(".state")


def frame(page: Page, number: int = 0) -> Locator:
    return page.locator(".frame").nth(number)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, text: str, key: str = "Tab") -> None:
    for _ in range(40):
        press(page, key)
        if page.evaluate("document.activeElement.innerText").strip() == text:
            return
    pytest.fail(f"{key} does not reach {text!r}")


def choose(page: Page, pictures: str) -> None:
    page.locator(".stRadio label", has_text=pictures).click()


def views(page: Page) -> list[tuple[float, float, float]]:
    """For each picture the point, in fractions, in the middle of its frame, and the zoom."""
    found: list[list[float]] = page.locator(".frame").evaluate_all(
        """frames => frames.map(frame => {
            const canvas = frame.querySelector('canvas');
            const {a, e, f} = new DOMMatrix(getComputedStyle(canvas).transform);
            const width = parseFloat(canvas.style.width);
            const height = parseFloat(canvas.style.height);
            const fits = Math.min(frame.clientWidth / width, frame.clientHeight / height);
            return [(frame.clientWidth / 2 - e) / (a * width),
                    (frame.clientHeight / 2 - f) / (a * height), a / fits];
        })"""
    )
    return [(x, y, zoom) for x, y, zoom in found]


def same(view: tuple[float, float, float]) -> Any:
    return pytest.approx(view, abs=2e-3)


def grey(page: Page, number: int = 0) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The grey values along a row of a picture, as they are shown."""
    row = page.locator("canvas").nth(number)
    read = "c => [...c.getContext('2d').getImageData(0, 2, c.width, 1).data]"
    return np.array(row.evaluate(read)).reshape(-1, 4)[:, 0]


def windowed(
    values: np.ndarray[Any, np.dtype[np.int64]], width: float, level: float
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """DICOM PS3.3 C.11.2.1.2.1 on 8 bits."""
    shown = ((values - (level - 0.5)) / (width - 1) + 0.5) * 255
    return np.rint(np.clip(shown, 0, 255)).astype(np.int64)


def middle(page: Page, number: int = 0) -> tuple[float, float]:
    box = frame(page, number).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def frame_width(page: Page) -> float:
    return float(frame(page).evaluate("frame => frame.clientWidth"))


def drag(page: Page, right: float, down: float, *, button: Any = "left", number: int = 0) -> None:
    x, y = middle(page, number)
    page.mouse.move(x, y)
    page.mouse.down(button=button)
    page.mouse.move(x + right, y + down, steps=3)
    page.mouse.up(button=button)


def colour(element: Locator, name: str) -> tuple[float, ...]:
    value = element.evaluate(f"element => getComputedStyle(element).{name}")
    return tuple(float(part) for part in re.findall(r"[\d.]+", value)[:3])


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """WCAG 2.2, contrast ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(rgb: tuple[float, ...]) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [part / 255 for part in rgb]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
