"""What is close here: calibrated from neighbours, kept, and calibrated anew in time."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

from radalike.errors import CorruptPart
from radalike.library import Library
from radalike.library.search import closeness as module
from radalike.library.search.closeness import Closeness, good_match, nearest_scores
from radalike.library.vectors.sampling import sampled
from radalike.records import Hit, SearchResult
from tests.ingest.small_encoder import CELLS
from tests.radalike.library.made_vectors import directions, made_library, put
from tests.radalike.library.two_encoders import add_vectors, library_of
from tests.radalike.pictures import image_inputs


def kept(library: Library) -> Path:
    return library.layout.root / "closeness" / f"{library.fingerprint}.json"


def answer(*scores: float) -> SearchResult:
    return SearchResult(tuple(Hit("a", score, {}) for score in scores), "made", "edge", 1.0)


def test_the_nearest_of_another_patient_series_and_content_by_hand(tmp_path: Path) -> None:
    # Four images of patient a in two series; b's has the content of a's first; c is far.
    vectors = np.zeros((7, 16), np.float32)
    for row, angle in enumerate([0, 1, 2, 3, 0, 40, 41]):
        vectors[row, :2] = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    with made_library(tmp_path / "library") as library:
        ids = put(
            library,
            vectors,
            patients=["a", "a", "a", "a", "b", "c", None],
            series=["1", "1", "2", "2", "3", "4", "4"],
            contents=["9", "1", "2", "3", "9", "5", "6"],
        )
        folder = library.layout.embeddings(library.fingerprint)
        chunk = sampled(folder, library.catalog.parts(library.fingerprint), 10, 0)
        scores = nearest_scores(library.catalog, library.searcher, chunk)
    assert chunk.ids == tuple(ids)
    degrees = np.degrees(np.arccos(np.clip(scores, -1, 1)))
    # a0: b is its copy, so c at 40. a1, a2, a3: b. b: not a0, its copy, but a1. c: not its series'
    # other image, but a3. The last has no patient, and its series is c's: a3.
    np.testing.assert_allclose(degrees, [40, 1, 2, 3, 1, 37, 38], atol=0.05)


def test_copies_of_one_image_are_passed_over(tmp_path: Path) -> None:
    vectors = np.repeat(directions(1), 80, axis=0)
    vectors[79] = directions(1, seed=1)[0]
    with made_library(tmp_path / "library") as library:
        put(library, vectors, contents=["7"] * 79 + ["8"])
        found = library.closeness()
        assert found is not None
        assert found.sample == 80
        assert found.percentiles[50] == pytest.approx(float(vectors[0] @ vectors[79]), abs=1e-3)


def test_the_threshold_is_the_first_percentile(tmp_path: Path) -> None:
    vectors = directions(200)
    with made_library(tmp_path / "library") as library:
        put(library, vectors)
        library.build_index()
        found = library.closeness()
    cosines = vectors @ vectors.T - 2 * np.eye(200)
    expected = np.percentile(cosines.max(axis=1), [1, 5, 50])
    assert found is not None
    np.testing.assert_allclose(list(found.percentiles.values()), expected, atol=2e-3)
    assert list(found.percentiles) == [1, 5, 50]
    assert found.threshold == found.percentiles[1]
    assert (found.sample, found.vectors) == (200, 200)


def test_no_more_than_the_sample_is_asked(tmp_path: Path) -> None:
    with made_library(tmp_path / "library") as library:
        put(library, directions(60))
        put(library, directions(60, seed=1), start=60)
        with patch.object(module, "SAMPLE", 40):
            found = library.closeness()
    assert found is not None
    assert (found.sample, found.vectors) == (40, 120)


@pytest.mark.parametrize("count", [0, 1, 29])
def test_of_few_images_nothing_is_known(count: int, tmp_path: Path) -> None:
    with made_library(tmp_path / "library") as library:
        if count:
            put(library, directions(count))
        assert library.closeness() is None
        assert not kept(library).exists()


def test_nor_of_one_patient_s(tmp_path: Path) -> None:
    with made_library(tmp_path / "library") as library:
        put(library, directions(50), patients=["a"] * 50)
        assert library.closeness() is None
        with patch.object(module, "nearest_scores") as calibrating:  # and that is kept
            assert library.closeness() is None
            del vars(library)["calibration"]
            assert library.closeness() is None
        calibrating.assert_not_called()


def test_it_is_kept_and_holds_numbers_only(tmp_path: Path) -> None:
    with made_library(tmp_path / "library") as library:
        put(library, directions(50), patients=[f"patient-{row}" for row in range(50)])
        found = library.closeness()
        said = json.loads(kept(library).read_text())
        assert set(said) == {"vectors", "sample", "calibrated", "percentiles"}
        assert set(said["percentiles"]) == {"1", "5", "50"}
    with made_library(tmp_path / "library") as library:
        with patch.object(module, "nearest_scores") as calibrating:
            assert library.closeness() == found
            assert library.closeness() == found
        calibrating.assert_not_called()


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"vectors": 50, "sample": 50}', "\0"])
def test_a_broken_file_is_made_anew(content: str, tmp_path: Path) -> None:
    with made_library(tmp_path / "library") as library:
        put(library, directions(50))
        kept(library).parent.mkdir()
        kept(library).write_text(content)
        found = library.closeness()
        assert found is not None
        assert json.loads(kept(library).read_text())["vectors"] == 50


@pytest.mark.parametrize(("more", "vectors"), [(9, 40), (10, 50)])
def test_a_quarter_more_is_calibrated_anew(more: int, vectors: int, tmp_path: Path) -> None:
    with made_library(tmp_path / "library") as library:
        put(library, directions(40))
        assert library.closeness() is not None
        put(library, directions(more, seed=1), start=40)
        for _ in range(2):
            found = library.closeness()
            assert found is not None
            assert found.vectors == vectors
            del vars(library)["calibration"]


def test_and_so_is_what_lost_a_patient(tmp_path: Path) -> None:
    with made_library(tmp_path / "library") as library:
        put(library, directions(40), patients=[f"patient-{row}" for row in range(40)])
        assert library.closeness() is not None
        library.erase_patient("patient-3")
        library.searcher.refresh()
        found = library.closeness()
        assert found is not None
        assert (found.vectors, found.sample) == (39, 39)


def test_several_threads_calibrate_once(tmp_path: Path) -> None:
    with made_library(tmp_path / "library") as library:
        put(library, directions(50))
        with (
            patch.object(module, "nearest_scores", wraps=nearest_scores) as calibrating,
            ThreadPoolExecutor(8) as threads,
        ):
            answers = list(threads.map(lambda _: library.closeness(), range(32)))
        calibrating.assert_called_once()
        assert len(set(map(id, answers))) == 1


def test_two_libraries_in_one_folder_find_the_same(tmp_path: Path) -> None:
    with made_library(tmp_path / "library") as one:
        put(one, directions(300))
        found = one.closeness(exact=True)
        assert found is not None
        kept(one).unlink()
        with made_library(tmp_path / "library") as other:
            again = other.closeness(exact=True)
        assert again is not None
        assert again.percentiles == found.percentiles


def test_a_folder_that_cannot_be_written_is_said_and_no_hindrance(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with made_library(tmp_path / "library") as library:
        put(library, directions(50))
        kept(library).parent.write_text("in the way")
        with caplog.at_level(logging.WARNING):
            assert library.closeness() is not None
            assert library.closeness() is not None
    (record,) = caplog.records
    assert "cannot be kept" in record.message
    assert str(tmp_path) not in record.message


def test_a_broken_part_is_no_reason_to_guess(tmp_path: Path) -> None:
    with made_library(tmp_path / "library") as library:
        put(library, directions(50))
        next(library.layout.embeddings(library.fingerprint).iterdir()).write_bytes(b"broken")
        with pytest.raises(CorruptPart):
            library.closeness()
        with pytest.raises(CorruptPart):  # and the next may ask again
            library.closeness()


def test_without_an_index_of_many_nothing_is_calibrated(tmp_path: Path) -> None:
    with made_library(tmp_path / "library") as library:
        put(library, directions(40))
        with patch.object(module, "MOST_PENDING", 39):
            assert library.closeness() is None
            library.build_index()
            library.searcher.refresh()
            found = library.closeness()
            assert found is not None
            put(library, directions(60, seed=1), start=40)
            assert library.closeness() == found  # of fewer, and better than nothing
        found = library.closeness()
        assert found is not None
        assert found.vectors == 100


def test_of_tiles_nothing_is_known(tmp_path: Path) -> None:
    images = list(image_inputs(12))
    with library_of(tmp_path / "library", CELLS) as library:
        library.add(images)
        add_vectors(library, CELLS, images, tiles="2x2")
        assert library.beside(tiles="2x2").closeness() is None


def test_what_the_best_hit_says() -> None:
    closeness = Closeness({1: 0.6, 5: 0.7, 50: 0.8}, 500, 1000, "2026-01-01T00:00:00+00:00")
    assert good_match(closeness, answer(0.6, 0.1)) is True
    assert good_match(closeness, answer(0.59, 0.1)) is False
    assert good_match(closeness, answer()) is None
    assert good_match(None, answer(0.9)) is None
