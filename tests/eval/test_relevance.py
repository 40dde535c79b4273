from __future__ import annotations

import pytest

from eval.relevance import RELEVANCES, classes_of
from radalike.errors import UnknownName
from radalike.records import Metadata, Term

IMAGES = {
    "one": Metadata(dataset="d", labels=("nodule",), modality=Term("CT"), anatomy=Term("chest")),
    "two": Metadata(dataset="d", labels=("nodule", "mass"), modality=Term("XR")),
    "none": Metadata(dataset="d", anatomy=Term("knee")),
}


@pytest.mark.parametrize(
    ("relevance", "expected"),
    [
        ("label", {"one": "nodule"}),
        ("modality", {"one": "CT", "two": "XR"}),
        ("anatomy", {"one": "chest", "none": "knee"}),
    ],
)
def test_the_class_of_each_image(relevance: str, expected: dict[str, str]) -> None:
    assert classes_of(IMAGES, relevance) == expected


def test_an_unknown_relevance_names_the_known_ones() -> None:
    with pytest.raises(UnknownName) as caught:
        classes_of(IMAGES, "modalty")
    assert caught.value.data["nearest"] == ["modality"]
    for name in RELEVANCES:
        assert name in caught.value.hint
