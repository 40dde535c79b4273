from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from eval.space import survey
from eval.space.picture import MOST_CLASSES, _points, draw_map
from radalike.errors import UsageError
from tests.eval.circle import Circle, image


def circle(n: int, classes: int) -> Circle:
    names = [f"i{number:03}" for number in range(n)]
    return Circle(
        {name: number * 300 / n for number, name in enumerate(names)},
        {
            name: image("train", *([f"label $x_{number % classes}"] if number else []))
            for number, name in enumerate(names)
        },
    )


def test_the_same_survey_gives_the_same_picture() -> None:
    found = survey(circle(60, 3), by=["label"])
    one, other = (draw_map(found, ["pca"], "label") for _ in range(2))
    assert one == other
    picture = np.asarray(Image.open(io.BytesIO(one)).convert("RGB"))
    assert picture.shape[0] > 800
    colours = {tuple(colour) for colour in picture.reshape(-1, 3)}
    assert (0, 114, 178) in colours  # the legend has the first class's colour in full


def test_panels_stand_side_by_side() -> None:
    found = survey(circle(60, 3), by=["label"])
    one = Image.open(io.BytesIO(draw_map(found, ["pca"], "label")))
    two = Image.open(io.BytesIO(draw_map(found, ["pca", "pca"], "label")))
    assert two.width > one.width
    assert two.height == one.height


def test_many_classes_share_a_grey_and_every_point_is_drawn_once() -> None:
    found = survey(circle(100, MOST_CLASSES + 4), by=["label"])
    points = list(_points(found.images.columns["label"], found))
    assert [each.name for each in points[:2]] == ["4 others (16)", "unknown (1)"]
    assert len(points) == MOST_CLASSES + 2
    assert sorted(np.concatenate([each.rows for each in points])) == list(range(100))
    looks = {(each.colour, each.marker) for each in points}
    assert len(looks) == len(points)
    assert all("$" not in each.name.replace(r"\$", "") for each in points)


def test_equal_embeddings_have_no_picture() -> None:
    same = Circle({"a": 3, "b": 3}, {"a": image("train", "x"), "b": image("train", "x")})
    with pytest.raises(UsageError, match="all the same"):
        draw_map(survey(same, by=["label"]), ["pca"], "label")
