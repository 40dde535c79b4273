"""The empty page, as the server sends it."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from starlette.applications import Starlette
from starlette.testclient import TestClient

from radalike.settings import load_settings
from search_ui.access.mode import SignIn
from search_ui.access.serving import middleware, routes
from search_ui.router import PAGES
from search_ui.shell import HEAD_SCRIPT, shell_html
from search_ui.theme import DARK


def client(tmp_path: Path) -> TestClient:
    settings = load_settings(library=tmp_path)
    return TestClient(
        Starlette(
            routes=routes(tmp_path, settings, SignIn.NONE),
            middleware=middleware(tmp_path, settings, SignIn.NONE),
        )
    )


def test_every_page_begins_with_the_script_that_its_policy_allows(tmp_path: Path) -> None:
    digest = b64encode(sha256(HEAD_SCRIPT.encode()).digest()).decode()
    with client(tmp_path) as asked:
        for path in ("/", *(f"/{entry.path}" for entry in PAGES)):
            answer = asked.get(path)
            assert answer.status_code == 200
            assert f"<head><script>{HEAD_SCRIPT}</script>" in answer.text
            assert f"'sha256-{digest}'" in answer.headers["content-security-policy"]
            assert answer.headers["cache-control"] == "no-store"


def test_streamlits_own_page_is_whole_but_for_its_title(tmp_path: Path) -> None:
    with client(tmp_path) as asked:
        page = asked.get("/").text
    assert page.count("<title>Radalike</title>") == page.count("<title>") == 1
    assert '<script type="module"' in page
    assert 'lang="en"' in page


def test_the_script_cannot_end_early() -> None:
    assert "</" not in HEAD_SCRIPT
    assert DARK["backgroundColor"] in HEAD_SCRIPT
    assert "_COLOURS" not in HEAD_SCRIPT


def test_only_the_head_and_the_title_change() -> None:
    given = "<html><head><title>Streamlit</title></head><body>Streamlit</body></html>"
    assert shell_html(given).endswith("<title>Radalike</title></head><body>Streamlit</body></html>")
