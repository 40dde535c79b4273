"""What a browser asks of the server when it comes again."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow


def test_files_and_thumbnails_are_loaded_once(page: Page) -> None:
    for _ in range(2):
        page.goto("/browse")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("ul.cards img").first).to_be_visible()
        page.wait_for_load_state("networkidle")
    loaded = page.evaluate(
        "performance.getEntriesByType('resource').map(each => [each.name, each.transferSize])"
    )
    kept = [(name, size) for name, size in loaded if "/static/" in name or "/thumbnails/" in name]
    assert len(kept) > 50
    assert [name for name, size in kept if size] == []


def test_the_server_is_found_at_once(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/browse")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert [url for url in asked if "/browse/" in url] == []
