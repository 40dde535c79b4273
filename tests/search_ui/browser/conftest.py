"""A real Chromium, and the pages over a copy of the small library, served as by `radalike ui`."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from radalike.settings import load_settings
from search_ui.server import address, command_line, environment
from tests.search_ui.browser.visits import Server, Traffic, new_page

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_START_SECONDS = 90


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("RADALIKE_REQUIRE_CHROMIUM") == "1":
            pytest.fail("RADALIKE_REQUIRE_CHROMIUM=1, but there is no chromium on the PATH")
        pytest.skip("there is no chromium on the PATH")
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def server(library_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("browser")
    library = Path(shutil.copytree(library_folder, folder / "library"))
    with pages_served(library, folder / "log") as made:
        yield made
    shutil.rmtree(library)


@contextmanager
def pages_served(library: Path, log: Path) -> Iterator[Server]:
    """The pages over `library`, as `radalike ui` serves them."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings = load_settings(library=library, host="127.0.0.1", port=port)
    with log.open("w") as output:
        process = subprocess.Popen(
            command_line(settings, headless=True),
            env=environment(library, settings, os.environ),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(process, f"{address(settings)}/_stcore/health", log)
        yield Server(address(settings), log)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    ask = build_opener(ProxyHandler({})).open
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            ask(url, timeout=5).close()
        except URLError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the server did not start:\n{log.read_text()}")


@pytest.fixture
def traffic() -> Traffic:
    return Traffic()


@pytest.fixture
def page(browser: Browser, traffic: Traffic, server: Server) -> Iterator[Page]:
    with new_page(browser, server, traffic) as opened:
        yield opened
