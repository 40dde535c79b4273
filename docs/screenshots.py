"""The pictures of the search page in `docs/images`: `python docs/screenshots.py`.

Phantoms are drawn, ingested and evaluated in a folder of their own, and each page is opened in
Chromium, 1440 and 800 pixels wide.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from radalike.settings import load_settings
from search_ui.server import address, command_line, environment

_FOLDER = Path(__file__).parent / "images"
_WIDTHS = {1440: 900, 800: 1000}
_RADALIKE = (sys.executable, "-P", "-m", "radalike.cli.main")
_QUERIES = ("--relevance", "anatomy", "--queries", "all")
_ALL = (*_QUERIES, "--index", "all")
_EVALUATIONS = (
    ("retrieval", "--by", "modality", *_ALL),
    ("saturation", *_ALL),
    ("failures", *_ALL),
    ("ann", *_QUERIES),
)


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("there is no chromium on the PATH")
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        library = _make_library(root)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        settings = load_settings(library=library, host="127.0.0.1", port=port)
        server = subprocess.Popen(
            command_line(settings, headless=True),
            env=environment(library, settings, os.environ)
            | {"RADALIKE_INGEST_ROOTS": str(root / "exports")},
        )
        try:
            _take_all(chromium, address(settings))
        finally:
            server.terminate()
            server.wait()


def _make_library(root: Path) -> Path:
    sample, library = root / "exports" / "2026-11", root / "library"
    _run("sample", str(sample), "--images", "400", "--seed", "3")
    (sample / "broken.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"broken")
    _run("ingest", str(sample), "--library", str(library))
    for evaluation in _EVALUATIONS:
        _run("eval", *evaluation, "--library", str(library))
    return library


def _run(*arguments: str) -> None:
    # A finding (exit 1) is a result, too.
    code = subprocess.run(
        [*_RADALIKE, *arguments], stdout=subprocess.DEVNULL, check=False
    ).returncode
    if code not in (0, 1):
        raise SystemExit(f"radalike {' '.join(arguments)} ended with {code}")


def _take_all(chromium: str, url: str) -> None:
    expect.set_options(timeout=60_000)
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for width, height in _WIDTHS.items():
            for name, view in VIEWS.items():
                page = browser.new_page(base_url=url, viewport={"width": width, "height": height})
                page.set_default_timeout(60_000)
                view(page)
                page.wait_for_timeout(2000)
                page.screenshot(path=_FOLDER / f"{name}-{width}.png")
                page.close()
        browser.close()


def _search(page: Page) -> None:
    page.goto("/")
    page.locator("ul.cards li").nth(1).get_by_role("button", name="Similar").click()
    expect(page.get_by_role("heading", name="most similar of")).to_be_visible()
    page.locator("ul.cards li").nth(1).get_by_role("button", name="Relevant:").first.click()
    expect(page.get_by_text("refined by your marks")).to_be_visible()


def _opened(page: Page) -> None:
    _search(page)
    page.locator("ul.cards li").nth(2).get_by_role("button", name="Open").click()
    expect(page.get_by_role("button", name="Back to the results")).to_be_visible()


def _at(path: str) -> Callable[[Page], None]:
    def go(page: Page) -> None:
        page.goto(path)
        expect(page.locator("h1")).to_be_visible()

    return go


def _evaluation(page: Page) -> None:
    page.goto("/evaluate?run=1")
    expect(page.locator("h1")).to_be_visible()


VIEWS: dict[str, Callable[[Page], None]] = {
    "search": _search,
    "opened": _opened,
    "browse": _at("/browse"),
    "evaluate": _at("/evaluate"),
    "evaluation": _evaluation,
    "map": _at("/evaluate?view=map"),
    "ingest": _at("/ingest"),
    "library": _at("/library"),
    "audit": _at("/audit"),
}

if __name__ == "__main__":
    main()
