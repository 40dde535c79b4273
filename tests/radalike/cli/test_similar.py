"""`radalike similar --series`: whole series, by one of their images or their pseudonym."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from radalike.encoders.base import Encoder
from tests.conftest import opened
from tests.radalike.cli.conftest import Radalike
from tests.radalike.pictures import image_inputs


@pytest.fixture(scope="module")
def with_series(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three series of two images; the first two are of one patient."""
    path = tmp_path_factory.mktemp("series") / "library"
    images = [
        replace(
            image,
            metadata=replace(
                image.metadata, series=f"series-{number % 3}", patient=f"p-{max(number % 3, 1)}"
            ),
        )
        for number, image in enumerate(image_inputs(6))
    ]
    with opened(path, encoder) as library:
        library.add(images)
    return path


def test_series_like_a_series(radalike: Radalike, with_series: Path) -> None:
    answer = radalike(
        "similar", "--series", "series-0", "--exact", "--library", with_series, "--json"
    )
    assert answer.json["slices"] == 2
    assert sorted(hit["series"] for hit in answer.json["hits"]) == ["series-1", "series-2"]
    assert [hit["images"] for hit in answer.json["hits"]] == [2, 2]
    shown = radalike("similar", "--series", "series-0", "--exact", "--library", with_series)
    assert shown.out.startswith("2 series most similar to series-0 (2 slices, ")


def test_without_the_own_patient(radalike: Radalike, with_series: Path) -> None:
    common = ("--exclude-own-patient", "--exact", "--library", with_series, "--json")
    series = radalike("similar", "--series", "series-0", *common).json
    assert [hit["series"] for hit in series["hits"]] == ["series-2"]
    image = series["hits"][0]["best"]["id"]
    hits = radalike("similar", image, *common).json["hits"]
    assert {hit["patient"] for hit in hits} == {"p-1"}


def test_a_series_that_is_not_there(radalike: Radalike, with_series: Path) -> None:
    answer = radalike("similar", "--series", "series-9", "--library", with_series)
    assert answer.code == 2
    assert "no series series-9" in answer.err
