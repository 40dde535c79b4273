"""Words as a query, through a checkpoint in open_clip's own format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from radalike.library import Library
from radalike.library.search.queries import Text
from radalike.settings import load_settings
from search_ui.opening import opening
from tests.radalike.encoders.checkpoints.open_clip import own_towers
from tests.search_ui.page_driver import address, cards, html, messages, open_page, run
from tests.search_ui.pictures import KINDS, image_input


@pytest.fixture(scope="module")
def towers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = own_towers(tmp_path_factory.mktemp("towers")).folder
    return folder


@pytest.fixture
def folder(towers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("RADALIKE_ENCODER", str(towers))
    library = tmp_path / "library"
    with Library.open(library, create=True, settings=load_settings(library=library)) as opened:
        opened.add(image_input(*KINDS[number % 4], number) for number in range(12))
    yield library
    opening().close()


def test_words_find_what_the_library_finds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = run(open_page(folder, monkeypatch))
    page.text_input("words").set_value("left  pleural effusion").run()
    assert not page.exception
    assert address(page)["text"] == ["left pleural effusion"]
    assert "“left pleural effusion”" in html(page)
    with Library.open(folder, settings=load_settings(library=folder)) as library:
        expected = library.search(Text("left pleural effusion"), 20, collapse=True)
    assert cards(page) == [hit.id for hit in expected.hits]
    assert "No good match" not in messages(page)  # scores of words are on another scale


def test_without_an_encoder_that_knows_words_none_are_asked_for(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = run(open_page(own_folder, monkeypatch))
    assert [each.key for each in page.text_input] == []
    run(page, text="left pleural effusion")
    assert "knows images only" in messages(page)
    opening().close()
