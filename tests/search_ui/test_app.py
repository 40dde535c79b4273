"""The search page without a browser: what is on it, and what its buttons and fields do."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from radalike.library import Library
from search_ui.components.gallery import CardAction
from search_ui.served import Served
from tests.search_ui.page_driver import (
    act,
    address,
    cards,
    html,
    labels,
    messages,
    open_page,
    press,
    run,
    upload,
)

Ids = dict[tuple[str, str], list[str]]
PngOf = Callable[[str, str, int], bytes]


def test_the_first_page(page: AppTest) -> None:
    run(page)
    assert "Research use only, not a medical device." in html(page)
    assert "Or start from an image of the library" in html(page)
    assert len(cards(page)) == 24
    assert page.sidebar.caption[0].value == "24 images"
    assert page.pills("search-modality").options == [
        "CT :gray[12]",
        "MR :gray[6]",
        "Ultrasound :gray[6]",
    ]
    assert address(page) == {}


def test_an_address_with_an_id_starts_from_that_image(page: AppTest, ids: Ids) -> None:
    query, *others = ids["US", "thyroid"]
    run(page, like=query, limit="5")
    assert set(cards(page)) == set(others)
    assert "Ultrasound, thyroid" in html(page)
    assert "5 most similar of 24 images" in html(page)
    assert page.select_slider("limit").value == 5


def test_a_filter_narrows_results_and_the_other_filters_counts(page: AppTest, ids: Ids) -> None:
    run(page, like=ids["CT", "brain"][0])
    page.pills("search-modality").set_value(["MR"]).run()
    assert set(cards(page)) == set(ids["MR", "brain"])
    assert page.pills("search-anatomy").options == ["Brain :gray[6]"]
    assert page.pills("search-modality").options == [
        "CT :gray[12]",
        "MR :gray[6]",
        "Ultrasound :gray[6]",
    ]
    assert page.sidebar.caption[0].value == "6 of 24 images pass"
    assert address(page)["modality"] == ["MR"]

    page.pills("search-modality").set_value(["MR", "US"]).run()
    assert set(cards(page)) == {*ids["MR", "brain"], *ids["US", "thyroid"]}
    press(page, "Remove filters")
    assert page.pills("search-modality").value == []
    assert len(cards(page)) == 20
    assert "modality" not in address(page)


def test_the_number_of_results(page: AppTest, ids: Ids) -> None:
    run(page, like=ids["CT", "chest"][0])
    page.select_slider("limit").set_value(10).run()
    assert len(cards(page)) == 10
    assert address(page)["limit"] == ["10"]


def test_exact_search(page: AppTest, ids: Ids) -> None:
    run(page, like=ids["CT", "chest"][0])
    page.toggle("exact").set_value(True).run()
    assert address(page)["exact"] == ["1"]
    assert "ms, exact search, encoder" in html(page)


def test_similar_to_this_and_the_way_back(page: AppTest, ids: Ids) -> None:
    start = ids["CT", "chest"][0]
    run(page, like=start, modality="CT")
    assert "Back" not in labels(page)
    first = cards(page)[0]
    act(page, CardAction.SIMILAR, first)
    assert address(page)["like"] == [first]
    assert address(page)["modality"] == ["CT"]
    assert first not in cards(page)
    press(page, "Back")
    assert address(page)["like"] == [start]
    assert cards(page)[0] == first
    press(page, "New search")
    assert "like" not in address(page)
    assert address(page)["modality"] == ["CT"]
    assert "Find images that look alike" in html(page)


def test_back_in_the_browser(page: AppTest, ids: Ids) -> None:
    start = ids["CT", "chest"][0]
    run(page, like=start)
    first = cards(page)[0]
    act(page, CardAction.SIMILAR, first)
    assert address(page)["like"] == [first]
    run(page, like=start)
    assert cards(page)[0] == first
    assert "Back" not in labels(page)


def test_an_upload_and_the_way_back_to_it(page: AppTest, ids: Ids, png_of: PngOf) -> None:
    run(page, modality="MR")
    upload(page, png_of("MR", "brain", 3))
    assert "your image" in html(page)
    assert "80 x 96 pixels" in html(page)
    assert set(cards(page)) == set(ids["MR", "brain"])
    assert page.file_uploader[0].value is None
    best = cards(page)[0]
    act(page, CardAction.SIMILAR, best)
    assert "your image" not in html(page)
    press(page, "Back")
    assert "your image" in html(page)
    assert cards(page)[0] == best
    page.pills("search-modality").set_value([]).run()
    assert "your image" in html(page)
    assert len(cards(page)) == 20


def test_nothing_of_an_uploads_name_or_bytes_is_kept(
    page: AppTest, png_of: PngOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed = []
    remove = MemoryUploadedFileManager.remove_file

    def watched(store: MemoryUploadedFileManager, session_id: str, file_id: str) -> None:
        assert store.get_files(session_id, [file_id])
        removed.append(file_id)
        remove(store, session_id, file_id)

    monkeypatch.setattr(MemoryUploadedFileManager, "remove_file", watched)
    run(page)
    data = png_of("CT", "chest", 1)
    upload(page, data)
    assert "SECRET" not in html(page)
    kept = repr(page.session_state)
    assert "your image" not in kept
    assert "UploadedQuery" in kept
    assert "SECRET" not in kept
    assert repr(data)[2:40] not in kept
    assert len(removed) == 1


def test_an_upload_that_is_no_image(page: AppTest, ids: Ids) -> None:
    query = ids["CT", "chest"][0]
    run(page, like=query)
    upload(page, b"SECRET is no image")
    assert "no image" in page.error[0].value
    assert "PNG, JPEG" in page.error[0].value
    assert "SECRET" not in page.error[0].value
    assert address(page)["like"] == [query]
    page.run()
    assert not page.error


def test_no_images_pass(page: AppTest, ids: Ids) -> None:
    run(page, like=ids["CT", "chest"][0], modality="US", anatomy="chest")
    assert "No other images pass these filters" in messages(page)
    assert "Ultrasound :gray[0]" in page.pills("search-modality").options
    press(page, "Show all images")
    assert len(cards(page)) == 20


def test_no_images_pass_without_a_query(page: AppTest) -> None:
    run(page, modality="MG")
    assert "No images pass these filters" in messages(page)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"like": "/etc/passwd"}, "names an image that cannot be"),
        ({"like": str(uuid.uuid4())}, "No image"),
        ({"modality": "XYZ"}, "Unknown modality"),
        ({"limit": "1000"}, "number of results"),
    ],
)
def test_a_wrong_address_is_told_and_left(page: AppTest, params: dict[str, str], said: str) -> None:
    run(page, **params)
    assert said in page.error[0].value
    press(page, "Start over")
    assert not page.error
    assert address(page) == {}
    assert len(cards(page)) == 24


def test_a_library_that_is_not_there_yet(
    tmp_path: Path, opened_servers: list[Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = run(open_page(tmp_path / "library", monkeypatch))
    assert "There is no library in" in page.error[0].value
    assert "`radalike ingest SOURCE --library DIR`" in page.error[0].value
    Library.open(tmp_path / "library", create=True).close()
    run(page)
    assert not page.error
    assert "There are no images in this library yet" in messages(page)
    assert "`radalike ingest SOURCE`" in messages(page)


def test_images_of_another_process_are_found_while_the_page_is_open(
    own_folder: Path, opened_servers: list[Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = run(open_page(own_folder, monkeypatch))
    assert page.sidebar.caption[0].value == "24 images"
    code = (
        "import sys; from radalike.library import Library; "
        "from tests.search_ui.pictures import image_input; "
        "Library.open(sys.argv[1]).add([image_input('CT', 'chest', 77)])"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(own_folder)], cwd=Path(__file__).parents[2], check=True
    )
    added = time.monotonic()
    while page.sidebar.caption[0].value != "25 images":
        assert time.monotonic() - added < 30
        time.sleep(0.2)
        page.run()
    assert page.pills("search-modality").options[0] == "CT :gray[13]"


def test_a_new_search_forgets_the_upload(
    page: AppTest, opened_servers: list[Served], png_of: PngOf
) -> None:
    run(page)
    upload(page, png_of("CT", "chest", 1))
    token = page.session_state["visit"].uploaded.token
    holders = [each for each in opened_servers if token in each.uploads]
    assert len(holders) == 1
    press(page, "New search")
    assert token not in holders[0].uploads
