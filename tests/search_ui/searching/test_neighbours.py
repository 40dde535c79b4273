from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from search_ui.searching.cards import Card
from search_ui.searching.neighbours import LabelCount, Neighbours, neighbours_of


def card(*labels: str) -> Card:
    return Card("id", "CT", "Chest", "", None, labels=labels)


def test_labels_by_how_often_they_are_there() -> None:
    cards = [card("CT/chest/nodule", "mass"), card("CT/chest/nodule"), card(), card("effusion")]
    assert neighbours_of(cards) == Neighbours(
        (LabelCount("Nodule", 2), LabelCount("Effusion", 1), LabelCount("Mass", 1)),
        labelled=3,
        found=4,
        others=0,
    )


def test_an_unspecified_label_is_one_too() -> None:
    assert neighbours_of([card("CT/chest/unspecified")]).labels == (LabelCount("Unspecified", 1),)


def test_an_image_counts_once_for_labels_that_read_the_same() -> None:
    assert neighbours_of([card("CT/chest/nodule", "MR/brain/nodule")]).labels == (
        LabelCount("Nodule", 1),
    )


def test_nothing_was_found() -> None:
    assert neighbours_of([]) == Neighbours((), 0, 0, 0)


@given(st.lists(st.lists(st.sampled_from("abcdefghijklmn"), unique=True, max_size=4), max_size=30))
def test_the_numbers_add_up(labels: list[list[str]]) -> None:
    said = neighbours_of([card(*each) for each in labels])
    assert said.found == len(labels)
    assert said.labelled == sum(1 for each in labels if each)
    distinct = len({label for each in labels for label in each})
    if not said.labelled:
        assert said.labels == ((LabelCount("CT, chest", len(labels)),) if labels else ())
        return
    assert len(said.labels) + said.others == distinct
    assert len(said.labels) == min(distinct, 8)
    counts = [each.count for each in said.labels]
    assert counts == sorted(counts, reverse=True)
    assert all(0 < count <= said.labelled for count in counts)
