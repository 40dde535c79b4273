"""Series that look like a series: against late interaction computed over the whole library."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from radalike.encoders.base import Encoder
from radalike.errors import RecordNotFound, UsageError
from radalike.filters import eq
from radalike.library import Library
from radalike.library.search import series
from radalike.library.search.series import SeriesHit
from radalike.records import Vectors
from tests.conftest import opened
from tests.ingest.small_encoder import CELLS
from tests.radalike.library.two_encoders import BANDS, add_vectors, library_of
from tests.radalike.pictures import image_inputs

SERIES, SLICES = 9, 4
QUERY = "series-0"


@pytest.fixture(scope="module")
def library(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Nine series of four images; the first two are of one patient. One image is in no series."""
    images = [
        replace(
            image,
            metadata=replace(
                image.metadata,
                series=f"series-{number % SERIES}",
                patient=f"patient-{max(number % SERIES, 1)}",
            ),
        )
        for number, image in enumerate(image_inputs(SERIES * SLICES))
    ]
    with opened(tmp_path_factory.mktemp("series") / "library", encoder, part_rows=10) as library:
        library.add([*images, *image_inputs(1, start=100)])
        library.build_index()
        yield library


@pytest.fixture(scope="module")
def vectors(library: Library) -> dict[str, dict[str, Vectors]]:
    """By series, by image."""
    by_image = {
        image: vector
        for chunk in library.embeddings()
        for image, vector in zip(chunk.ids, chunk.vectors, strict=True)
    }
    found: dict[str, dict[str, Vectors]] = {}
    for image, metadata in library.metadata().items():
        if metadata.series is not None:
            found.setdefault(metadata.series, {})[image] = by_image[image]
    return found


def late_interaction(query: dict[str, Vectors], other: dict[str, Vectors]) -> float:
    return float(np.mean([max(float(q @ c) for c in other.values()) for q in query.values()]))


@pytest.mark.parametrize("exact", [True, False])
def test_scores_and_order_are_those_of_late_interaction(
    library: Library, vectors: dict[str, dict[str, Vectors]], exact: bool
) -> None:
    result = library.similar_series(QUERY, SERIES, exact=exact)
    expected = {
        name: late_interaction(vectors[QUERY], members)
        for name, members in vectors.items()
        if name != QUERY
    }
    assert result.slices == SLICES
    assert [hit.series for hit in result.hits] == sorted(expected, key=lambda each: -expected[each])
    for hit in result.hits:
        assert hit.score == pytest.approx(expected[hit.series], abs=1e-5)
        assert hit.images == SLICES


def test_the_best_image_is_the_most_similar_one_of_its_series(
    library: Library, vectors: dict[str, dict[str, Vectors]]
) -> None:
    for hit in library.similar_series(QUERY, 3).hits:
        cosines = {
            image: max(float(vector @ query) for query in vectors[QUERY].values())
            for image, vector in vectors[hit.series].items()
        }
        assert hit.best.id == max(cosines, key=lambda image: cosines[image])
        assert hit.best.score == pytest.approx(cosines[hit.best.id], abs=1e-5)
        assert hit.best.payload["series"] == hit.series


def test_a_series_can_be_named_by_one_of_its_images(
    library: Library, vectors: dict[str, dict[str, Vectors]]
) -> None:
    image = next(iter(vectors[QUERY]))
    assert names(library.similar_series(image, 3).hits) == names(
        library.similar_series(QUERY, 3).hits
    )


def test_the_same_patient_is_left_out_on_request(library: Library) -> None:
    assert "series-1" in names(library.similar_series(QUERY, SERIES).hits)
    others = names(library.similar_series(QUERY, SERIES, exclude_patient=True).hits)
    assert sorted(others) == [f"series-{number}" for number in range(2, SERIES)]


def test_filters_hold_for_candidates(library: Library) -> None:
    hits = library.similar_series(QUERY, SERIES, eq("series", "series-3")).hits
    assert names(hits) == ["series-3"]


def test_the_list_of_neighbours_grows_until_there_are_enough_series(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series, "_FEWEST_NEIGHBOURS", 1)
    assert len(library.similar_series(QUERY, SERIES - 1).hits) == SERIES - 1


def test_long_series_are_sampled(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "_QUERY_SLICES", 2)
    assert library.similar_series(QUERY, 1).slices == 2


def test_only_slices_with_a_vector_are_sampled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The encoder that asks has seen the two in the middle of each series only."""
    monkeypatch.setattr(series, "_QUERY_SLICES", 2)
    images = [
        replace(image, metadata=replace(image.metadata, series=f"series-{number // SLICES}"))
        for number, image in enumerate(image_inputs(2 * SLICES))
    ]
    with library_of(tmp_path / "library", CELLS) as first:
        first.add(images)
        add_vectors(first, BANDS, [images[number] for number in (1, 2, 5, 6)])
    with library_of(tmp_path / "library", BANDS) as library:
        result = library.similar_series("series-0", 5, exact=True)
        assert (result.slices, names(result.hits)) == (2, ["series-1"])


@pytest.mark.parametrize("name", ["series-99", "00000000-0000-0000-0000-000000000000"])
def test_a_series_that_is_not_there_is_named(library: Library, name: str) -> None:
    with pytest.raises(RecordNotFound, match=name) as caught:
        library.similar_series(name)
    assert caught.value.hint


def test_an_image_without_a_series_is_no_series(library: Library) -> None:
    alone = next(image for image, metadata in library.metadata().items() if metadata.series is None)
    with pytest.raises(UsageError, match="belongs to no series"):
        library.similar_series(alone)


def names(hits: tuple[SeriesHit, ...]) -> list[str]:
    return [hit.series for hit in hits]
