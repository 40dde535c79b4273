"""A library without images, opened in a real Chromium before anything was ingested."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from radalike.library import Library
from tests.search_ui.browser.conftest import pages_served
from tests.search_ui.browser.visits import Server, Traffic, new_page

_ADD = (
    "import sys; from radalike.library import Library; "
    "from tests.search_ui.pictures import image_input; "
    "Library.open(sys.argv[1]).add([image_input('CT', 'chest', n) for n in range(3)])"
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    folder = tmp_path_factory.mktemp("empty")
    Library.open(folder / "library", create=True).close()
    with pages_served(folder / "library", folder / "log") as server:
        yield server, folder / "library"


def test_it_says_what_to_do_and_shows_what_comes_in(
    browser: Browser, empty: tuple[Server, Path]
) -> None:
    server, library = empty
    traffic = Traffic()
    with new_page(browser, server, traffic) as page:
        for path in ("/browse", "/evaluate", "/ingest", "/library", "/audit", "/"):
            page.goto(path)
            expect(page.locator("h1")).to_be_visible()
            expect(page.get_by_text("Research use only, not a medical device.")).to_be_visible()
        expect(page.get_by_text("There are no images in this library yet")).to_be_visible()
        expect(page.get_by_text("radalike ingest SOURCE")).to_be_visible()
        root = Path(__file__).parents[3]
        subprocess.run([sys.executable, "-c", _ADD, str(library)], cwd=root, check=True)
        expect(page.locator("ul.cards li")).to_have_count(3)
        assert traffic.complaints == []
