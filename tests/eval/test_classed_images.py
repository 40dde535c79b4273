from __future__ import annotations

import numpy as np
import pytest

from eval.classed_images import read_classed_images, require_images
from eval.embedded_rows import gather
from radalike.errors import InvalidVector, UnknownName, UsageError
from tests.eval.circle import LIBRARY, TEST, TRAIN, VAL, Circle
from tests.eval.given_vectors import scattered

ROLES = {"index": TRAIN, "queries": TEST}


def test_images_without_one_class_are_left_out_and_counted() -> None:
    classed = read_classed_images(LIBRARY, ROLES, "label")
    assert classed.names == ("a", "b", "c")
    index = np.flatnonzero(classed.roles["index"])
    assert classed.images.names(index) == ["a1", "a2", "b1", "b2", "unseen"]
    assert [classed.names[code] for code in classed.classes[index]] == ["a", "a", "b", "b", "a"]
    assert classed.left_out == {"index": 1, "queries": 1}
    assert classed.patients.tolist() == [-1] * 10


def test_a_relevance_with_several_classes_is_refused() -> None:
    for name in ("any-label", "label-jaccard"):
        with pytest.raises(UsageError, match="several classes"):
            read_classed_images(LIBRARY, ROLES, name)
    with pytest.raises(UnknownName):
        read_classed_images(LIBRARY, ROLES, "lable")


def test_a_role_without_images_is_an_error() -> None:
    nobody = read_classed_images(LIBRARY, {**ROLES, "validation": VAL}, "label")
    with pytest.raises(UsageError, match="no validation image") as caught:
        require_images(nobody, "validation", "--validation")
    assert "--validation" in caught.value.hint
    without = read_classed_images(LIBRARY, ROLES, "anatomy")
    with pytest.raises(UsageError, match="none of the 6 index images can be scored by anatomy"):
        require_images(without, "index", "--index")


def test_vectors_are_gathered_in_order_of_id() -> None:
    images = read_classed_images(LIBRARY, ROLES, "label").images
    wanted = images.roles["index"].copy()
    gathered = gather(LIBRARY, images, wanted)
    assert images.names(gathered.rows) == ["a1", "a2", "b1", "b2", "both"]
    degrees = np.degrees(np.arctan2(gathered.vectors[:, 1], gathered.vectors[:, 0]))
    assert degrees == pytest.approx([0, 20, 60, 80, 1], abs=1e-4)
    assert images.names(np.flatnonzero(~gathered.known)) == ["unseen"]
    with pytest.raises(UsageError, match="embedding"):
        gather(Circle({}, LIBRARY.known), images, wanted)


def test_vectors_that_are_not_of_unit_length_are_refused() -> None:
    library = scattered(0, sizes={"train": 9, "test": 3})
    images = read_classed_images(library, ROLES, "label").images
    library.vectors[4, 2] = np.nan
    with pytest.raises(InvalidVector):
        gather(library, images, images.roles["index"] | images.roles["queries"])
