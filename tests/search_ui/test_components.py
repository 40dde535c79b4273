from __future__ import annotations

import base64

import pytest

from radalike.errors import ImageRejected, RejectCode, UsageError
from search_ui.components.filters import library_size
from search_ui.components.gallery import card_html
from search_ui.components.messages import error_text, escaped
from search_ui.components.picture import picture_html
from search_ui.components.query_panel import query_html
from search_ui.components.status_line import status_text
from search_ui.queries import Answer, Card, Facets, QueryView

CARD = Card("id", "CT", "Chest", "Nodule", b"jpeg", 0.98765)


def test_a_card_says_what_it_shows() -> None:
    html = card_html(CARD)
    assert 'alt="CT, chest, Nodule"' in html
    assert base64.b64encode(b"jpeg").decode() in html
    assert ">0.988<" in html


def test_a_card_without_a_query_has_no_score() -> None:
    assert "rl-score" not in card_html(Card("id", "CT", "Chest", "", b"jpeg"))


def test_a_picture_that_is_not_there_has_a_placeholder() -> None:
    html = picture_html(None, "CT, chest")
    assert "No preview" in html
    assert "<img" not in html


@pytest.mark.parametrize(
    "html",
    [
        card_html(Card("id", "<b>", "<b>", '"<script>', None)),
        picture_html(b"", '"><script>'),
        query_html(QueryView("id", None, "<script>", "<script>")),
    ],
)
def test_what_files_say_is_text_and_never_markup(html: str) -> None:
    assert "<script>" not in html


def test_text_is_not_taken_for_markdown() -> None:
    assert escaped("a_b ![x](http://y) :red[z] $1$ <i>") == (
        r"a\_b \!\[x\]\(http\://y\) \:red\[z\] \$1\$ \<i\>"
    )
    assert escaped("run `radalike ingest A_B` now_") == r"run `radalike ingest A_B` now\_"
    assert escaped("one ` only *") == r"one ' only \*"


def test_an_error_is_its_message_and_the_way_out() -> None:
    error = UsageError("the port is taken", hint="choose another")
    assert error_text(error) == "**The port is taken**\n\nChoose another"
    rejected = ImageRejected(RejectCode.TRUNCATED, "the picture ends early")
    assert error_text(rejected) == "**The picture ends early**"
    assert error_text(rejected, hint="try another") == "**The picture ends early**\n\nTry another"


def test_the_status_line() -> None:
    assert status_text(Answer((), "edge", "some-encoder", 1.234)) == (
        "1.2 ms, embedded index, encoder some-encoder"
    )
    assert status_text(Answer((), "exact", "e", 76.8)).startswith("77 ms, exact search")


def test_the_librarys_size() -> None:
    assert library_size(Facets({}, passing=1420, total=1420)) == "1,420 images"
    assert library_size(Facets({}, passing=76, total=1420)) == "76 of 1,420 images pass"
