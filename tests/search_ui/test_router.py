from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import search_ui.router
from radalike.access import Role
from search_ui.access.visitor import Visitor
from search_ui.app import app
from search_ui.router import PAGES
from search_ui.served import Served
from tests.search_ui.page_driver import SCRIPT, cards, go_to, html, open_page, run

READER = Visitor("ada", frozenset({Role.READER}), can_sign_out=False)
AUDITOR = Visitor("bo", frozenset({Role.AUDITOR}), can_sign_out=False)
EVERYBODY = Visitor("eve", frozenset(Role), can_sign_out=False)


def pages_for(page: AppTest, visitor: Visitor, patch: pytest.MonkeyPatch) -> list[str]:
    """The titles of the pages that `visitor` can go to."""
    patch.setattr(search_ui.router, "current_visitor", lambda *_: visitor)
    run(page)
    return [each["page_name"] for each in page._registered_pages.values()]


@pytest.mark.parametrize(
    ("visitor", "titles"),
    [
        (READER, ["Search", "Browse", "Evaluate", "Library"]),
        (AUDITOR, ["Library", "Audit"]),
        (EVERYBODY, ["Search", "Browse", "Evaluate", "Ingest", "Library", "Audit"]),
    ],
)
def test_everybody_has_the_pages_of_their_roles(
    page: AppTest, visitor: Visitor, titles: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pages_for(page, visitor, monkeypatch) == titles


def test_who_may_not_search_is_shown_no_images(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages_for(page, AUDITOR, monkeypatch)
    assert cards(page) == []
    assert "Research use only, not a medical device." in html(page)


def test_who_is_not_in_is_shown_nothing(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_ui.router, "current_visitor", lambda *_: None)
    run(page)
    assert not page.get("bidi_component")
    assert not page.sidebar.caption


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.path)
def test_every_page_says_what_it_is_not_for(page: AppTest, entry: Any) -> None:
    run(page)
    go_to(page, "" if entry is PAGES[0] else entry.path)
    assert "Research use only, not a medical device." in html(page)
    assert f"<h1>Radalike {entry.title.lower()}</h1>" in html(page)


def test_a_library_is_opened_once_a_process(
    page: AppTest, opened_servers: list[Served], small_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(page)
    run(open_page(small_copy, monkeypatch))
    assert len([each for each in opened_servers if each.library.layout.root == small_copy]) == 1


def test_the_script_is_not_beside_a_folder_that_streamlit_takes_for_its_own_pages() -> None:
    """It would show the files in it in place of our pages, to whoever opens one of them first."""
    assert SCRIPT.is_file()
    assert not (SCRIPT.parent / "pages").exists()
    assert Path(app.script_path).samefile(SCRIPT)


def test_what_is_imported_for_help_is_light() -> None:
    code = (
        "import sys, search_ui.commands; "
        "heavy = {'streamlit', 'torch', 'numpy'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
