from __future__ import annotations

from collections.abc import Iterable

import pytest

from radalike.vocabulary import MODALITY_GROUPS, REGIONS
from search_ui.words import backend_title, count_title, in_order, label_title, title


@pytest.mark.parametrize(("field", "values"), [("modality", MODALITY_GROUPS), ("anatomy", REGIONS)])
def test_every_term_has_a_title_of_its_own(field: str, values: Iterable[str]) -> None:
    titles = [title(field, value) for value in values]
    assert len(set(titles)) == len(titles)
    assert not any("_" in each for each in titles)


def test_titles() -> None:
    assert title("anatomy", "hand_wrist") == "Hand & wrist"
    assert title("anatomy", "multi") == "Several regions"
    assert title("modality", "US") == "Ultrasound"
    assert title("modality", "unknown") == "Unknown"


def test_choices_stay_in_their_place() -> None:
    assert in_order("modality", ["unknown", "US", "CT", "US"]) == ["CT", "US", "unknown"]
    assert in_order("anatomy", ["zzz", "brain", "chest"]) == ["chest", "brain", "zzz"]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("MR/brain/glioma tumor", "Glioma tumor"),
        ("XR/chest/COVID-19", "COVID-19"),
        ("CT/chest/unspecified", ""),
        ("nodule", "Nodule"),
        ("a/b", "A/b"),
    ],
)
def test_labels_say_what_their_neighbours_do_not(label: str, expected: str) -> None:
    assert label_title(label) == expected


def test_counts_and_backends() -> None:
    assert count_title(1, "image") == "1 image"
    assert count_title(1420, "image") == "1,420 images"
    assert backend_title("edge") == "embedded index"
    assert backend_title("another") == "another"
