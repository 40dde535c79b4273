"""`radalike eval report`, and the page of `radalike eval retrieval --html`, in a real Chromium."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from typer.testing import CliRunner

from radalike.catalog.runs import stored_runs
from radalike.cli.main import app
from radalike.errors import UnknownName, UsageError
from tests.conftest import LibraryOpener

PLAIN = CliRunner(env={"COLUMNS": "120", "NO_COLOR": "1"})
DEFAULT = "efficientnet-lite0"


def run(folder: Path, *arguments: str) -> str:
    result = PLAIN.invoke(app, ["eval", *arguments, "--library", str(folder)])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_page_and_its_run(
    library_copy: Path, tmp_path: Path, open_library: LibraryOpener
) -> None:
    page = tmp_path / "report.html"
    chosen = ["--sections", "retrieval,ties,comparison", "--draws", "20", "--exclude", "duplicates"]
    said = json.loads(run(library_copy, "report", "-o", str(page), *chosen, "--json"))
    assert said["bytes"] == page.stat().st_size
    assert said["not_made"] == ["comparison"]
    stored = stored_runs(open_library(library_copy).catalog.engine, "report", 1)[0]
    assert (stored.number, stored.found) == (said["run"], said["sections"])
    assert stored.asked["exclude"] == ["duplicates"]
    again = run(library_copy, "report", "-o", str(page), *chosen)
    assert "4 sections" in again
    assert "Could not be made, and say why: comparison." in again


def test_what_cannot_be_is_refused(library_copy: Path, tmp_path: Path) -> None:
    def refused(*arguments: str) -> BaseException | None:
        given = ["eval", "report", *arguments, "--library", str(library_copy)]
        return PLAIN.invoke(app, given).exception

    page = str(tmp_path / "r.html")
    assert isinstance(refused("-o", page, "--sections", "retrival"), UnknownName)
    assert isinstance(refused("-o", page, "--encoder", "biomedclip"), UsageError)
    assert isinstance(refused("-o", str(tmp_path)), UsageError)
    assert not list(tmp_path.glob("r.html"))


def test_retrieval_as_a_page(library_copy: Path, tmp_path: Path) -> None:
    page = tmp_path / "retrieval.html"
    run(library_copy, "retrieval", "--by", "modality", "--html", str(page), "--draws", "20")
    text = page.read_text(encoding="utf-8")
    for said in (DEFAULT, "12 queries among 36 images", "By modality", "BiomedCLIP", "split=train"):
        assert said in text
    assert str(library_copy) not in text


# -- in a browser ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("RADALIKE_REQUIRE_CHROMIUM") == "1":
            pytest.fail("RADALIKE_REQUIRE_CHROMIUM=1, but there is no chromium on the PATH")
        pytest.skip("there is no chromium on the PATH")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield launched
        launched.close()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_whole_page_in_a_browser(
    browser: Browser, library_copy: Path, tmp_path: Path, scheme: str
) -> None:
    """It asks nobody for anything, complains of nothing, and fits on a narrow screen."""
    path = tmp_path / "report.html"
    sections = ["--sections", "retrieval,groups,failures,leakage,saturation,space,ann"]
    run(library_copy, "report", "-o", str(path), "--draws", "20", *sections)
    asked: list[str] = []
    complaints: list[str] = []
    page: Page = browser.new_page(
        viewport={"width": 480, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 480
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    assert complaints == []
    broken = "[...document.images].filter(each => !each.complete || !each.naturalWidth).length"
    assert page.evaluate(broken) == 0
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(12, 15, 18)" if scheme == "dark" else "rgb(255, 255, 255)")
    page.close()
