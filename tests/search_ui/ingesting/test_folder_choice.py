"""The way to a folder, one level at a time."""

from __future__ import annotations

from search_ui.ingesting.folder_choice import Place, folders_in_words, place_of
from search_ui.jobs.folders import Folders


def test_down_and_up() -> None:
    place = Place("exports").into("2026").into("ward 3")
    assert place.relative == "2026/ward 3"
    assert place.way == "exports / 2026 / ward 3"
    assert place.up() == Place("exports", ("2026",))
    assert place.up().up().up() == Place("exports")
    assert Place("exports").relative == ""


def test_it_begins_at_the_first_root_and_stays_where_it_was() -> None:
    assert place_of(None, ["a", "b"]) == Place("a")
    assert place_of(Place("b", ("c",)), ["a", "b"]) == Place("b", ("c",))
    assert place_of(Place("gone", ("c",)), ["a", "b"]) == Place("a")
    assert place_of(Place("a"), []) is None


def test_in_words() -> None:
    assert folders_in_words(Folders(("a",), 0)) == "1 folder in this one"
    assert folders_in_words(Folders((), 0)) == "No folders in this one"
    assert folders_in_words(Folders(("a", "b"), 3)) == (
        "2 folders in this one; 3 more cannot be chosen here"
    )
