"""Labels and names of data sets that hold markup, formulas or very much: text, and never more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from radalike.library import Library
from radalike.library.writing.additions import ImageInput
from radalike.records import Metadata, Term
from radalike.settings import load_settings
from search_ui.components.gallery import CardAction
from search_ui.served import Served
from tests.search_ui.page_driver import act, address, cards, html, messages, open_page, run, shown
from tests.search_ui.pictures import picture

SCRIPT = "<script>alert(1)</script>"
LABELS = (
    SCRIPT,
    '"><img src=x onerror=alert(1)>',
    "**bold** [link](http://example.org) :red[red] $x^2$ `code`",
    "CT/chest/<b>bold</b>",
    "=HYPERLINK(1)",
    "x" * 5000,
    "\u202eright to left",
    "emoji 🫁",
)
MANY = 10_000


@pytest.fixture(scope="module")
def hostile_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """16 images: those with each of LABELS, and those with 1,250 labels each of 10,000."""
    folder = tmp_path_factory.mktemp("hostile") / "library"
    share = MANY // len(LABELS)
    findings = [f"finding {row:05}" for row in range(MANY)]
    shares = [tuple(findings[start : start + share]) for start in range(0, MANY, share)]
    labelled = [*((label,) for label in LABELS), *shares]
    with Library.open(folder, create=True, settings=load_settings(library=folder)) as library:
        library.add(_image(number, labels) for number, labels in enumerate(labelled))
    return folder


def _image(number: int, labels: tuple[str, ...]) -> ImageInput:
    metadata = Metadata(
        dataset=f"<i>set</i> {SCRIPT} *{number % 2}*",
        modality=Term("CT", "test", 1.0),
        anatomy=Term("chest", "test", 1.0),
        view=f":red[{SCRIPT}]",
        split=f"$a$ {SCRIPT}",
        labels=labels,
    )
    return ImageInput(f"image {number}", picture("CT", "chest", number), metadata)


@pytest.fixture
def hostile(
    hostile_folder: Path, opened_servers: list[Served], monkeypatch: pytest.MonkeyPatch
) -> AppTest:
    return run(open_page(hostile_folder, monkeypatch))


def holds_no_markup(page: AppTest) -> None:
    assert "<script>alert" not in html(page)
    assert "<img src=x" not in html(page)
    assert "<b>bold" not in html(page)
    assert SCRIPT not in messages(page)
    for each in page.get("button_group"):
        assert not any("$a$" in option or "<script>" in option for option in each.options)


def test_results_and_details_hold_no_markup(hostile: AppTest) -> None:
    first = cards(hostile)[0]
    run(hostile, like=first, limit="50", slices="each")
    assert len(cards(hostile)) == 15
    holds_no_markup(hostile)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html(hostile)
    for image in cards(hostile):
        run(hostile, open=image)
        assert not hostile.error
        holds_no_markup(hostile)


def test_a_label_is_sent_as_it_is_to_where_it_is_set_as_text(hostile: AppTest) -> None:
    sent = {each["label"] for each in shown(hostile, "examples")}
    assert SCRIPT in sent
    assert "X" + "x" * 4999 in sent


@pytest.mark.parametrize("label", LABELS)
def test_any_label_can_be_filtered_by(hostile: AppTest, label: str) -> None:
    hostile.multiselect("search-labels").set_value([label]).run()
    assert not hostile.exception
    assert address(hostile)["labels"] == [label]
    (card,) = cards(hostile)
    act(hostile, CardAction.SIMILAR, card, "examples")
    assert "No other images pass these filters" in messages(hostile)
    holds_no_markup(hostile)


def test_of_ten_thousand_labels_the_page_sends_two_hundred(hostile: AppTest) -> None:
    labels = hostile.multiselect("search-labels")
    assert len(labels.options) == 200
    hidden = "finding 09999"
    assert f"{hidden} (1)" not in labels.options
    find = hostile.text_input("search-labels-find")
    assert find.placeholder == f"{MANY + len(LABELS):,} of them: type a part of one"
    find.set_value("09999").run()
    assert hostile.multiselect("search-labels").options == ["finding 09999 (1)"]
    hostile.multiselect("search-labels").set_value([hidden]).run()
    assert address(hostile)["labels"] == [hidden]
    assert len(cards(hostile)) == 1
    hostile.text_input("search-labels-find").set_value("").run()
    assert hostile.multiselect("search-labels").value == [hidden]


def test_an_image_of_very_many_labels_is_a_card_like_others(hostile: AppTest) -> None:
    for each in shown(hostile, "examples"):
        assert len(json.dumps(each)) < 12_000, each["label"][:40]


def test_a_label_of_an_address_that_nothing_has(hostile: AppTest) -> None:
    run(hostile, labels=f"none {SCRIPT}")
    assert "No images pass these filters" in messages(hostile)
    holds_no_markup(hostile)
