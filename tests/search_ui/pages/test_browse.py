"""Browse without a browser: what is on it, and what is done there."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from radalike.library import Library
from radalike.library.audit.audit import AuditAction
from radalike.settings import load_settings
from search_ui.browsing import image_page
from search_ui.components.gallery import CardAction
from search_ui.served import Served
from tests.search_ui.page_driver import (
    act,
    address,
    cards,
    fine,
    html,
    labels,
    messages,
    open_page,
    press,
    run,
    shown,
)

GRID = "browse-images"


def browse(page: AppTest, **params: str | list[str]) -> AppTest:
    """Come to the page, which Streamlit knows by the hash of its path."""
    page._page_hash = calc_hash("browse")
    run(page, **params)
    page._page_hash = ""
    return page


def newest(folder: Path) -> list[str]:
    """The ids of the images that were added last first."""
    with Library.open(folder) as library:
        return [record.id for record in library.browse(None, None, 1000).records]


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_page, "PAGE_SIZE", 20)


def test_images_the_newest_first(page: AppTest, small_copy: Path) -> None:
    browse(page)
    assert cards(page, GRID) == newest(small_copy)
    assert "24 images</h2>" in html(page)
    assert "Next" not in labels(page)
    assert address(page) == {}


def test_pages(clinic_page: AppTest, clinic_copy: Path, short_pages: None) -> None:
    order = newest(clinic_copy)
    browse(clinic_page)
    assert "50 images, page 1 of 3" in html(clinic_page)
    assert cards(clinic_page, GRID) == order[:20]
    press(clinic_page, "Next")
    press(clinic_page, "Next")
    assert "page 3 of 3" in html(clinic_page)
    assert cards(clinic_page, GRID) == order[40:]
    assert all(each.disabled for each in clinic_page.button if each.label == "Next")
    press(clinic_page, "Previous")
    assert cards(clinic_page, GRID) == order[20:40]
    assert list(address(clinic_page)) == ["after"]


def test_link_to_a_page(clinic_page: AppTest, clinic_copy: Path, short_pages: None) -> None:
    order = newest(clinic_copy)
    press(browse(clinic_page), "Next")
    after = address(clinic_page)["after"]
    other = AppTest.from_file(clinic_page._script_path, default_timeout=120)
    browse(other, after=after)
    assert cards(other, GRID) == order[20:40]
    assert "50 images</h2>" in html(other)
    press(other, "First page")
    assert cards(other, GRID) == order[:20]


def test_filters_are_those_of_the_search_page(clinic_page: AppTest) -> None:
    browse(clinic_page, modality="MR", split="val")
    assert "4 images (MR, Val)" in html(clinic_page)
    assert {card["modality"] for card in shown(clinic_page, GRID)} == {"MR"}
    clinic_page.button_group(key="browse-modality").set_value(["CT"]).run()
    assert address(fine(clinic_page)) == {"modality": ["CT"], "split": ["val"]}
    assert len(cards(clinic_page, GRID)) == 12
    press(clinic_page, "Remove filters")
    assert address(clinic_page) == {}
    assert len(cards(clinic_page, GRID)) == 50


def test_nothing_passes(clinic_page: AppTest) -> None:
    browse(clinic_page, modality="XR")
    assert "No images pass these filters" in messages(clinic_page)
    assert len(cards(press(clinic_page, "Show all images"), GRID)) == 50


def test_counts_of_what_passes(clinic_page: AppTest) -> None:
    browse(clinic_page, modality="CT")
    clinic_page.button_group(key="browse-show").set_value("Counts").run()
    assert address(fine(clinic_page)) == {"modality": ["CT"], "show": ["counts"]}
    page = html(clinic_page)
    assert "36 images (CT)" in page
    assert "36 (100 %)" in page
    assert "CT/chest/nodule" in page
    assert "Images by age" in page
    assert not cards(clinic_page, GRID)
    assert len(clinic_page.get("vega_lite_chart")) == 2


def test_image_with_its_series_and_study(clinic_page: AppTest, clinic: Served) -> None:
    image = next(
        record.id for record in clinic.library.records() if record.metadata.modality.value == "CT"
    )
    browse(clinic_page, modality="CT")
    act(clinic_page, CardAction.OPEN, image, GRID)
    assert address(clinic_page) == {"modality": ["CT"], "open": [image]}
    series = cards(clinic_page, "series")
    assert image in series
    assert len(series) == 3
    assert "Its study: 2 series" in html(clinic_page)
    sibling = next(each for each in series if each != image)
    act(clinic_page, CardAction.OPEN, sibling, "series")
    assert address(clinic_page)["open"] == [sibling]
    press(clinic_page, "Back to the library")
    assert address(clinic_page) == {"modality": ["CT"]}


def test_opened_images_are_told_to_the_audit(page: AppTest, small_copy: Path) -> None:
    image = newest(small_copy)[3]
    browse(page, open=image)
    page.run()
    with Library.open(small_copy) as library:
        rows = library.audit.entries(action=AuditAction.OPEN_RECORD, image=image)
    assert len(rows) == 1


@pytest.mark.parametrize("is_opened", [False, True])
def test_search_with_an_image(page: AppTest, small_copy: Path, is_opened: bool) -> None:
    image = newest(small_copy)[5]
    if is_opened:
        press(browse(page, open=image), "Similar to this")
    else:
        act(browse(page, modality="US"), CardAction.SIMILAR, image, GRID)
    assert address(page) == {"like": [image]}
    assert "most similar of 24 images" in html(page)
    # Who comes back is where he was.
    page.query_params.clear()
    browse(page)
    assert address(page) == ({"open": [image]} if is_opened else {"modality": ["US"]})


@pytest.mark.parametrize(
    ("name", "value"), [("open", "nonsense"), ("after", "x"), ("modality", "XYZ"), ("age", "old")]
)
def test_bad_address(page: AppTest, name: str, value: str) -> None:
    browse(page, **{name: value})
    assert len(page.error) == 1
    assert "Reference" in page.error[0].value


def test_image_that_is_not_there(page: AppTest) -> None:
    browse(page, open="00000000-0000-0000-0000-000000000000")
    assert len(page.error) == 1


def test_page_of_images_that_are_gone(page: AppTest) -> None:
    browse(page, after="1")
    assert "There are no images on this page" in messages(page)
    assert cards(press(page, "First page"), GRID)


def test_empty_library(
    tmp_path: Path, opened_servers: list[Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "library"
    with Library.open(folder, create=True, settings=load_settings(library=folder)):
        pass
    page = browse(open_page(folder, monkeypatch))
    assert "There are no images in this library yet" in messages(page)
    assert "radalike ingest" in messages(page)
