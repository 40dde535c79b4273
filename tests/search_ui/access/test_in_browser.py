"""Signing in and out in a real Chromium, with passwords and through a real OpenID provider."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from radalike.library import Library
from tests.search_ui.access.guarded_site import PASSWORD

pytestmark = pytest.mark.slow

_ROOT = Path(__file__).parents[3]
_SECRET = "the-clients-secret"
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("RADALIKE_REQUIRE_CHROMIUM") == "1":
            pytest.fail("RADALIKE_REQUIRE_CHROMIUM=1, but there is no chromium on the PATH")
        pytest.skip("there is no chromium on the PATH")
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 1000, "height": 800})
    opened.set_default_timeout(60_000)
    # The provider's pages ask for a style sheet elsewhere: nothing leaves this machine.
    opened.route(lambda url: "localhost" not in url, lambda route: route.abort())
    yield opened
    opened.close()


@contextmanager
def _running(command: list[str], port: int, log: Path, **environment: str) -> Iterator[None]:
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            env={**os.environ, "PYTHONPATH": str(_ROOT), **environment},
            cwd=log.parent,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        for _ in range(600):
            if process.poll() is not None:
                pytest.fail(log.read_text())
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                with pytest.raises(subprocess.TimeoutExpired):
                    process.wait(0.1)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextmanager
def _served(library: Library, log: Path, **settings: str) -> Iterator[str]:
    """The address of a server of the small page."""
    port = _free_port()
    command = ["-m", "streamlit", "run", str(Path(__file__).with_name("served_app.py"))]
    options = ["--server.address", "127.0.0.1", "--server.port", str(port)]
    options += ["--server.headless", "true", "--server.fileWatcherType", "none"]
    options += ["--browser.gatherUsageStats", "false"]
    environment = {"LIBRARY": str(library.layout.root), "PORT": str(port), **settings}
    named = {f"RADALIKE_{name}": value for name, value in environment.items()}
    with _running(command + options, port, log, **named):
        yield f"http://localhost:{port}"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", name=text)).to_be_visible()


def _audited(library: Library) -> list[tuple[str, str]]:
    return [(entry.who, entry.action) for entry in library.audit.entries()[::-1]]


def test_with_a_password(library: Library, context: BrowserContext, tmp_path: Path) -> None:
    log = tmp_path / "log"
    complaints: list[str] = []
    with _served(library, log, SIGN_IN="password") as url:
        page = context.new_page()
        page.on(
            "console", lambda said: complaints.append(said.text) if said.type == "error" else None
        )
        page.goto(f"{url}/?like=abc")
        expect(page.get_by_label("Name")).to_be_focused()
        page.keyboard.type("ada")
        page.keyboard.press("Tab")
        page.keyboard.type("wrong password")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("do not match")
        expect(page.get_by_label("Password")).to_be_focused()
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        _heading(page, "Hello ada: reader")
        assert page.url == f"{url}/?like=abc"

        expect(page.locator("svg.marks")).to_be_visible()
        expect(page.get_by_text("component ran")).to_be_visible()
        picture = io.BytesIO()
        Image.new("L", (33, 21)).save(picture, "PNG")
        page.locator("input[type=file]").set_input_files(
            {"name": "a.png", "mimeType": "image/png", "buffer": picture.getvalue()}
        )
        expect(page.get_by_test_id("stImage").locator("img")).to_have_js_property(
            "naturalWidth", 33
        )
        assert page.evaluate("[window.allowedRan, window.evilRan]") == [True, None]

        other = context.new_page()
        other.goto(url)
        _heading(other, "Hello ada: reader")
        # Scripts of the page that it asks for only now would be refused once she has signed out.
        expect(other.get_by_role("button", name="Again")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("Password")).to_be_visible()
        other.get_by_role("button", name="Again").click()
        _heading(other, "You are signed out")
        other.get_by_role("link", name="Sign in").click()
        expect(other.get_by_label("Password")).to_be_visible()
    assert _audited(library) == [
        ("ada", "sign_in_refused"),
        ("ada", "sign_in"),
        ("ada", "sign_out"),
    ]
    refused = [said for said in complaints if "Content Security Policy" in said]
    assert len(complaints) == len(refused) + 1  # the wrong password: 401
    assert all("inline script" in said for said in refused)
    assert PASSWORD not in log.read_text()


@pytest.mark.skipif(find_spec("oidc_provider_mock") is None, reason="oidc-provider-mock is missing")
def test_through_a_provider(library: Library, context: BrowserContext, tmp_path: Path) -> None:
    log, port = tmp_path / "log", _free_port()
    provider = ["-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    provider += ["--user-claims", '{"sub": "1", "email": "Eve@Example.org"}']
    provider += ["--user-claims", '{"sub": "2", "email": "mallory@example.org"}']
    settings = {
        "SIGN_IN": "oidc",
        "OIDC_METADATA_URL": f"http://localhost:{port}/.well-known/openid-configuration",
        "OIDC_CLIENT_ID": "radalike",
        "OIDC_CLIENT_SECRET": _SECRET,
    }
    with (
        _running(provider, port, tmp_path / "provider"),
        _served(library, log, **settings) as url,
    ):
        page = context.new_page()
        page.goto(url)
        _through(page, subject="2")
        _heading(page, "You have no role here yet")
        expect(page.get_by_text("radalike people add mallory@example.org --oidc")).to_be_visible()
        page.get_by_role("button", name="Sign in as somebody else").click()
        page.get_by_role("button", name="End session").click()
        _through(page, subject="1")
        _heading(page, "Hello eve@example.org: curator")

        other = context.new_page()
        other.goto(url)
        _heading(other, "Hello eve@example.org: curator")
        page.bring_to_front()
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/oauth2/end_session**")
        other.bring_to_front()
        other.get_by_role("button", name="Again").click()
        _heading(other, "Sign in")
    assert _audited(library) == [
        ("unknown", "sign_in_refused"),
        ("eve@example.org", "sign_in"),
        ("eve@example.org", "sign_out"),
    ]
    assert _SECRET not in log.read_text()


def _through(page: Page, subject: str) -> None:
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator(f"button[name=sub][value='{subject}']").click()
