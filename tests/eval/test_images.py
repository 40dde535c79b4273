from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eval.images import COLUMNS, read_images
from radalike.errors import UnknownName, UsageError
from radalike.filters import eq
from tests.eval.circle import LIBRARY, TEST, TRAIN, Circle, image


def test_rows_are_in_order_of_id_and_roles_say_which() -> None:
    images = read_images(LIBRARY, {"index": TRAIN, "queries": TEST}, ["label"])
    assert images.names(np.arange(len(images))) == sorted(LIBRARY.known)
    chosen = {role: images.names(np.flatnonzero(mask)) for role, mask in images.roles.items()}
    assert chosen == {
        "index": ["a1", "a2", "b1", "b2", "both", "unseen"],
        "queries": ["q2", "qa", "qb", "qc"],
    }


def test_images_that_no_role_selects_are_left_out() -> None:
    images = read_images(LIBRARY, {"queries": TEST}, [])
    assert len(images) == 4
    assert images.rows_of(["qb", "a1", "qa"]).tolist() == [2, -1, 1]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("label", {"a1": "a", "b1": "b", "both": None, "qc": "c"}),
        ("labels", {"a1": "a", "both": "a\nb", "q2": "a\nb"}),
        ("modality", {"a1": "CT", "b1": "MR"}),
        ("anatomy", {"a1": None}),
        ("patient", {"a1": None}),
        ("content", {"a1": "a1"}),
        ("split", {"a1": "train", "qc": "test"}),
    ],
)
def test_columns(column: str, values: dict[str, str | None]) -> None:
    images = read_images(LIBRARY, {"all": None}, [column])
    read = images.columns[column]
    codes = read.codes[images.rows_of(list(values))].tolist()
    assert [None if code < 0 else read.names[code] for code in codes] == list(values.values())
    assert list(read.names) == sorted(read.names)


def test_the_order_in_which_images_were_added_changes_nothing() -> None:
    turned = Circle(LIBRARY.angles, dict(reversed(LIBRARY.known.items())))
    one, other = (read_images(each, {"all": TRAIN}, ["labels"]) for each in (LIBRARY, turned))
    assert np.array_equal(one.ids, other.ids)
    assert np.array_equal(one.columns["labels"].codes, other.columns["labels"].codes)


def test_columns_are_in_order_of_name_however_they_were_asked_for() -> None:
    asked = ["split", "anatomy", "modality", "label"]
    images = read_images(LIBRARY, {"all": None}, asked)
    assert list(images.columns) == sorted(asked)


def test_numbers_are_columns_too() -> None:
    known = {"old": replace(image("train", "a"), age=60), "new": image("train", "a")}
    age = read_images(Circle({}, known), {"all": None}, ["age"]).columns["age"]
    assert age.names == ("60",)
    assert age.codes.tolist() == [-1, 0]  # in order of id: new, old


def test_what_cannot_be_read_is_named() -> None:
    with pytest.raises(UnknownName, match="modalty") as caught:
        read_images(LIBRARY, {"all": None}, ["modalty"])
    assert caught.value.data["nearest"] == ["modality"]
    assert {"label", "labels", "content", "series"} <= set(COLUMNS)


def test_an_empty_selection_is_an_error() -> None:
    with pytest.raises(UsageError, match="no image"):
        read_images(LIBRARY, {"index": eq("modality", "US")}, [])
