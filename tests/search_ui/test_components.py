from __future__ import annotations

import pytest

from radalike.errors import ImageRejected, RejectCode, UsageError
from radalike.library.search.marks import Marks
from search_ui.components.detail import facts_html
from search_ui.components.filters import library_size, narrowed
from search_ui.components.gallery import Acted, CardAction, acted_of, card_data
from search_ui.components.messages import error_text, escaped
from search_ui.components.neighbours import neighbours_html
from search_ui.components.picture import picture_html
from search_ui.components.query_panel import query_html
from search_ui.components.status_line import status_text
from search_ui.filtering.facet_choices import Choice, Facets
from search_ui.searching.answers import Answer, QueryView
from search_ui.searching.cards import Card
from search_ui.searching.details import Detail
from search_ui.searching.neighbours import LabelCount, Neighbours, neighbours_of

IMAGE = "592f1e05-2b45-509e-97c2-9fc706aed23b"
CARD = Card(
    IMAGE,
    "CT",
    "Chest",
    "Nodule",
    "/thumbnails/a/1/b",
    0.98765,
    why=("Sex: Female",),
    labels=("CT/chest/nodule",),
    folded=2,
)


def test_a_card_says_what_it_shows() -> None:
    assert card_data(CARD, Marks()) == {
        "id": IMAGE,
        "picture": "/thumbnails/a/1/b",
        "words": "CT, chest, Nodule",
        "modality": "CT",
        "anatomy": "Chest",
        "label": "Nodule",
        "score": "0.988",
        "why": ["Sex: Female"],
        "folded": 2,
        "mark": 0,
    }


def test_a_card_without_a_query_has_no_score() -> None:
    assert card_data(Card("id", "CT", "Chest", "", None), Marks())["score"] is None


def test_a_card_says_how_it_is_marked() -> None:
    assert card_data(CARD, Marks((IMAGE,)))["mark"] == 1
    assert card_data(CARD, Marks((), (IMAGE,)))["mark"] == -1
    assert card_data(CARD, Marks(("other",), ("another",)))["mark"] == 0


def test_what_was_done_with_a_card() -> None:
    told = {"action": "not_relevant", "id": IMAGE.upper()}
    assert acted_of(told) == Acted(CardAction.NOT_RELEVANT, IMAGE)


@pytest.mark.parametrize(
    "told",
    [
        None,
        "open",
        [],
        {},
        {"action": "open"},
        {"action": "open", "id": "../key"},
        {"action": "open", "id": 7},
        {"action": "erase", "id": IMAGE},
        {"action": ["open"], "id": IMAGE},
        {"action": {"open": 1}, "id": IMAGE},
    ],
)
def test_what_is_none_of_our_actions_is_not_done(told: object) -> None:
    assert acted_of(told) is None


def test_a_picture_that_is_not_there_has_a_placeholder() -> None:
    html = picture_html(None, "CT, chest")
    assert "No preview" in html
    assert "<img" not in html


HOSTILE = Card(
    IMAGE,
    "<script>",
    "<script>",
    '"><script>',
    None,
    labels=('"><script>alert(1)</script>',),
    facts=(("Data set", '"><script>alert(1)</script>'),),
)


@pytest.mark.parametrize(
    "html",
    [
        facts_html(Detail(HOSTILE, None, 1, 1, (), 0, ())),
        neighbours_html(neighbours_of([HOSTILE])),
        neighbours_html(Neighbours((LabelCount('"><script>', 1),), 1, 2, 0)),
        picture_html('"><script>', '"><script>'),
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
    assert status_text(Answer((), "edge", "some-encoder", "f", 1.234)) == (
        "1.2 ms, embedded index, encoder some-encoder"
    )
    assert status_text(Answer((), "exact", "e", "f", 76.8)).startswith("77 ms, exact search")


def test_the_librarys_size() -> None:
    assert library_size(Facets({}, {}, passing=1420, total=1420)) == "1,420 images"
    assert library_size(Facets({}, {}, passing=76, total=1420)) == "76 of 1,420 images pass"


def test_a_status_line_tells_of_marks() -> None:
    answer = Answer((CARD,), "exact", "e", "f", 1.0, refined=True)
    assert status_text(answer).endswith("encoder e, refined by your marks")


def test_facts_of_an_image() -> None:
    html = facts_html(Detail(CARD, None, 512, 256, (), 0, ()))
    assert "<dt>Similarity</dt><dd>0.988</dd>" in html
    assert "<dt>Size</dt><dd>512 x 256 pixels</dd>" in html


def test_neighbours_are_bars_with_numbers() -> None:
    html = neighbours_html(Neighbours((LabelCount("Nodule", 5),), 15, 20, 2))
    assert "width:25.0%" in html
    assert "5 of 20" in html
    assert "5 without a label, 2 more" in html


def test_neighbours_without_labels_say_what_they_show() -> None:
    html = neighbours_html(Neighbours((LabelCount("CT, head", 20),), 0, 20, 0))
    assert "20 of 20" in html
    assert "none of them has a label" in html


CHOICES = tuple(Choice(f"v{number}", f"Finding {number} (rare)", 1) for number in range(1000))


def test_of_many_values_the_first_and_the_chosen_are_offered() -> None:
    offered = narrowed(CHOICES, ("v999",), "")
    assert [each.value for each in offered[:3]] == ["v999", "v0", "v1"]
    assert len(offered) == 201


def test_the_rest_is_found_by_any_words_of_it() -> None:
    assert [each.value for each in narrowed(CHOICES, (), "RARE 777")] == ["v777"]
    assert [each.value for each in narrowed(CHOICES, ("v1",), "777")] == ["v1", "v777"]
    assert narrowed(CHOICES, (), "no such") == []
