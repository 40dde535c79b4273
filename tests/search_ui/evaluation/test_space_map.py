from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from radalike.library.browsing.embedding_map import EmbeddingMap
from radalike.records import Metadata, Term
from search_ui.components.evaluation.space_map import chart_of, chosen_image
from search_ui.evaluation.space_map import (
    COLOURED_BY,
    MOST_GROUPS,
    OTHERS,
    cards_of_group,
    space_map,
    state_of,
)
from search_ui.served import Served


def map_of(labels: list[str]) -> EmbeddingMap:
    metadata = tuple(
        Metadata(dataset="d", modality=Term("CT", "test", 1.0), labels=(label,) if label else ())
        for label in labels
    )
    points = np.arange(2.0 * len(labels)).reshape(-1, 2)
    ids = tuple(f"{number:032x}" for number in range(len(labels)))
    return EmbeddingMap(ids, points, metadata, (0.25, 0.0625), 50, "one")


def test_points_in_groups() -> None:
    drawn = space_map(map_of(["MR/brain/glioma", "", "MR/brain/glioma"]), "labels")
    assert [point.group for point in drawn.points] == [
        "MR/brain/glioma",
        "No label",
        "MR/brain/glioma",
    ]
    assert [(group.title, group.images) for group in drawn.groups] == [
        ("MR/brain/glioma", 2),
        ("No label", 1),
    ]
    assert drawn.points[0].words == "CT, unknown, Glioma"
    assert (drawn.points[1].x, drawn.points[1].y) == (2.0, 3.0)
    assert drawn.x_title == "First principal axis (25 % of the variance)"
    assert drawn.y_title == "Second principal axis (6.2 % of the variance)"
    assert drawn.note.startswith("3 of 50 images, encoder one.")


def test_rare_groups_are_one() -> None:
    labels = [f"label {number:03}" for number in range(200)] + ["label 007"]
    drawn = space_map(map_of(labels), "labels")
    assert len(drawn.groups) == MOST_GROUPS
    assert drawn.groups[0].title == "label 007"
    assert drawn.groups[-1].title == OTHERS
    assert sum(group.images for group in drawn.groups) == 201


@pytest.mark.parametrize("coloured_by", COLOURED_BY)
def test_the_map_of_a_library(clinic: Served, coloured_by: str) -> None:
    drawn = space_map(clinic.library.embedding_map(), coloured_by)
    assert len(drawn.points) == 50
    counted = Counter(point.group for point in drawn.points)
    assert {group.title: group.images for group in drawn.groups} == counted
    assert drawn.note.startswith("All 50 images")


def test_the_map_as_a_list_from_left_to_right(clinic: Served) -> None:
    drawn = space_map(clinic.library.embedding_map(), "modality")
    at = {point.image: point.x for point in drawn.points}
    first = cards_of_group(clinic, drawn, "MR", 0, 10)
    rest = cards_of_group(clinic, drawn, "MR", 10, 10)
    assert len(first) + len(rest) == 14
    places = [at[card.id] for card in (*first, *rest)]
    assert places == sorted(places)
    assert {card.modality for card in first} == {"MR"}


def test_an_image_that_was_erased_is_left_out(clinic: Served) -> None:
    drawn = space_map(clinic.library.embedding_map(), "modality")
    gone = replace(drawn.points[0], image="0" * 32, group="MR")
    assert len(cards_of_group(clinic, replace(drawn, points=(gone,)), "MR", 0, 10)) == 0


def test_the_state_is_of_fingerprint_and_vectors(clinic: Served, served: Served) -> None:
    assert state_of(clinic.library) == state_of(clinic.library)
    assert state_of(clinic.library)[0] == clinic.library.fingerprint
    assert state_of(clinic.library)[1] == 50
    assert state_of(clinic.library) != state_of(served.library)


def test_a_click_on_a_point() -> None:
    image = "0123456789abcdef0123456789abcdef"
    canonical = "01234567-89ab-cdef-0123-456789abcdef"
    for known in (image, canonical):
        found = chosen_image({"opened": [{"image": known}]})
        assert found in (known, None)
    assert chosen_image({"opened": [{"image": canonical.upper()}]}) == canonical


@pytest.mark.parametrize(
    "selection", [None, {}, {"opened": []}, {"opened": [3]}, {"opened": [{"image": "<script>"}]}]
)
def test_what_the_browser_may_not_choose(selection: object) -> None:
    assert chosen_image(selection) is None


def test_the_chart_has_every_point_and_its_text_as_data() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    chart = chart_of(space_map(map_of([hostile, "b"]), "labels")).to_dict()
    (rows,) = chart["datasets"].values()
    assert [row["group"] for row in rows] == [hostile, "b"]
    assert chart["encoding"]["color"]["scale"]["domain"] == [hostile, "b"]
    assert chart["params"][0]["name"] == "opened"
