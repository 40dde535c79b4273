"""Values of filters, in anybody's words."""

from __future__ import annotations

import pytest

from radalike.errors import UnknownName
from radalike.records import UNKNOWN
from radalike.vocabulary import filter_value


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("modality", "ultrasound", "US"),
        ("modality", "dx", "XR"),
        ("modality", "Unknown", UNKNOWN),
        ("anatomy", "thorax", "chest"),
        ("anatomy", "lung", "chest"),
        ("anatomy", "face", "head"),
        ("anatomy", "lower_limb", "lower_limb"),
        ("anatomy", "UNKNOWN", UNKNOWN),
        ("manufacturer", "Toshiba", "canon"),
        ("manufacturer", "Siemens", "siemens"),
        ("manufacturer", "Other", "other"),
        ("labels", "Mass", "Mass"),
        ("dataset", "chest", "chest"),
    ],
)
def test_filter_value(name: str, value: str, stored: str) -> None:
    assert filter_value(name, value) == stored


@pytest.mark.parametrize(
    ("name", "value", "near"),
    [
        ("modality", "CTT", "CT"),
        ("modality", "mrr", "MR"),
        ("anatomy", "chset", "chest"),
        ("manufacturer", "Simens", "siemens"),
    ],
)
def test_an_unknown_filter_value_comes_with_the_nearest(name: str, value: str, near: str) -> None:
    with pytest.raises(UnknownName, match=f"unknown {name} '{value}'") as caught:
        filter_value(name, value)
    assert near in caught.value.data["nearest"]  # type: ignore[operator]
