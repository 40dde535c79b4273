"""Searching a library: by id, path, pixels and vector, filtered, built and not built yet."""

from __future__ import annotations

import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from radalike.encoders.catalogue import DEFAULT_ENCODER
from radalike.errors import (
    ImageRejected,
    InvalidVector,
    RecordNotFound,
    UsageError,
)
from radalike.filters import all_of, between, eq, not_
from radalike.library import Library
from radalike.records import Hit, SearchResult
from tests.conftest import LibraryOpener
from tests.radalike.imaging.dicom.datasets import dataset, encoded
from tests.radalike.pictures import image_inputs, picture


@pytest.fixture(scope="module")
def ids(library: Library) -> list[str]:
    """Ids of the small library, in the order of the images' numbers."""
    return list(library.metadata())


def found(result: SearchResult | tuple[Hit, ...]) -> list[str]:
    hits = result.hits if isinstance(result, SearchResult) else result
    return [hit.id for hit in hits]


def test_every_image_finds_its_own_kind(library: Library, ids: list[str]) -> None:
    for image in ids[:6]:
        result = library.similar_to(image, 5)
        own = library.get(image).metadata.modality.value
        assert [hit.payload["modality"] for hit in result.hits[:3]] == [own] * 3
        assert result.encoder == DEFAULT_ENCODER
        assert result.backend == "edge"
        assert result.took_ms >= 0


@pytest.mark.parametrize("exact", [False, True])
def test_a_record_never_finds_itself(exact: bool, library: Library, ids: list[str]) -> None:
    for ask in (library.similar_to, library.search):
        result = ask(ids[7], 60, exact=exact)
        assert sorted(found(result)) == sorted(set(ids) - {ids[7]})
        scores = [hit.score for hit in result.hits]
        assert scores == sorted(scores, reverse=True)
        assert all(-1.001 <= score <= 1.001 for score in scores)


@pytest.mark.parametrize("exact", [False, True])
def test_nor_when_its_id_is_written_in_capitals(
    exact: bool, library: Library, ids: list[str]
) -> None:
    expected = found(library.search(ids[0], 5, exact=exact))
    assert found(library.search(ids[0].upper(), 5, exact=exact)) == expected
    assert found(library.similar_to(ids[0].upper(), 5, exact=exact)) == expected


def test_exact_and_built_agree(library: Library, ids: list[str]) -> None:
    for image in ids[::10]:
        built, exact = library.similar_to(image, 10), library.similar_to(image, 10, exact=True)
        assert (built.backend, exact.backend) == ("edge", "exact")
        assert found(built) == found(exact)
        for one, two in zip(built.hits, exact.hits, strict=True):
            assert one.score == pytest.approx(two.score, abs=2e-3)
            assert one.payload == two.payload


def test_pixels_find_themselves_in_the_library(library: Library, ids: list[str]) -> None:
    hit = library.search(picture("US", 4), 1).hits[0]
    assert hit.id == ids[4]
    assert hit.score == pytest.approx(1, abs=1e-3)


def test_a_path_is_a_picture_s_file(library: Library, ids: list[str], tmp_path: Path) -> None:
    path = tmp_path / "query.png"
    Image.fromarray(picture("XR", 5)).save(path)
    for query in (path, str(path)):
        assert found(library.search(query, 1)) == [ids[5]]


def test_a_path_is_a_dicom_file_and_of_many_frames_the_middle_is_asked(
    library: Library, ids: list[str], tmp_path: Path
) -> None:
    frames = np.stack([np.zeros((96, 80), np.uint8), picture("CT", 3), np.full((96, 80), 9, "u1")])
    path = tmp_path / "query"
    path.write_bytes(encoded(dataset(frames, WindowCenter=127.5, WindowWidth=256)))
    assert found(library.search(path, 1)) == [ids[3]]


def test_a_vector_is_asked_as_it_is(library: Library, ids: list[str]) -> None:
    chunk = next(library.embeddings())
    for kind in (np.float32, np.float64):
        hit = library.search(chunk.vectors[2].astype(kind), 1).hits[0]
        assert hit.id == chunk.ids[2] == ids[2]


@pytest.mark.parametrize("shape", [(3,), (1, 1280), ()])
def test_a_vector_of_another_shape_is_refused(shape: tuple[int, ...], library: Library) -> None:
    with pytest.raises(InvalidVector, match="shape"):
        library.search(np.full(shape, 0.5, np.float32))


@pytest.mark.parametrize("value", [np.nan, 0.0, 1.0])
def test_a_vector_that_is_no_unit_vector_is_refused(value: float, library: Library) -> None:
    with pytest.raises(InvalidVector):
        library.search(np.full(library.spec.dimension, value, np.float32))


@pytest.mark.parametrize("shape", [(20, 20, 4), (20, 20, 2), (20,), (0, 20), (2, 20, 20, 3)])
def test_pixels_of_another_shape_are_refused(shape: tuple[int, ...], library: Library) -> None:
    with pytest.raises(UsageError, match="pixels of shape"):
        library.search(np.zeros(shape, np.uint8))


def test_ids_and_paths_that_lead_nowhere(library: Library, tmp_path: Path) -> None:
    stranger = str(uuid.uuid4())
    for ask in (library.search, library.similar_to, library.get):
        with pytest.raises(RecordNotFound, match=stranger):
            ask(stranger)
    with pytest.raises(RecordNotFound):
        library.similar_to("no id")
    with pytest.raises(UsageError, match="cannot be read") as caught:
        library.search(tmp_path / "none.png")
    assert "the id of an image" in caught.value.hint
    with pytest.raises(UsageError):
        library.search(tmp_path)


@pytest.mark.parametrize("content", [b"", b"some text", b"\x89PNG\r\n\x1a\n cut"])
def test_a_file_that_is_no_image(content: bytes, library: Library, tmp_path: Path) -> None:
    path = tmp_path / "query"
    path.write_bytes(content)
    with pytest.raises(ImageRejected):
        library.search(path)


@pytest.mark.parametrize("exact", [False, True])
def test_filters(exact: bool, library: Library, ids: list[str]) -> None:
    condition = all_of(eq("modality", "CT"), between("age", 40, 70), not_(eq("split", "test")))
    expected = set(library.metadata(condition)) - {ids[0]}
    assert 3 < len(expected) < 20
    assert set(found(library.search(ids[0], 60, condition, exact=exact))) == expected
    assert library.search(ids[0], 5, eq("modality", "MG"), exact=exact).hits == ()


@pytest.mark.parametrize("exact", [False, True])
def test_the_query_s_patient_can_be_left_out(exact: bool, library: Library, ids: list[str]) -> None:
    patient = library.get(ids[0]).metadata.patient
    same = set(library.metadata(eq("patient", str(patient))))
    assert len(same) == 5
    result = library.search(ids[0], 60, exact=exact, exclude_patient=patient)
    assert set(found(result)) == set(ids) - same
    with_filter = library.search(
        ids[0], 60, eq("modality", "CT"), exact=exact, exclude_patient=patient
    )
    assert set(found(with_filter)) == set(library.metadata(eq("modality", "CT"))) - same


def test_several_threads_may_search(library: Library, ids: list[str]) -> None:
    expected = {image: found(library.similar_to(image, 5)) for image in ids[:8]}
    with ThreadPoolExecutor(4) as threads:
        answers = {
            image: threads.submit(library.similar_to, image, 5) for image in list(expected) * 3
        }
        assert {image: found(answer.result()) for image, answer in answers.items()} == expected


# -- a built index and what came after it --------------------------------------------------------


def test_what_was_added_since_the_index_was_built_is_found(
    library_copy: Path, open_library: LibraryOpener
) -> None:
    library = open_library(library_copy)
    library.add(image_inputs(3, start=60))
    assert (library.index_state().indexed, library.index_state().pending) == (60, 3)
    assert library.searcher.backend == "edge"
    assert library.searcher.pending == 3
    every = list(library.metadata())
    new = every[60:]
    for image in (new[0], every[0]):
        hits = library.similar_to(image, 62).hits
        assert sorted(found(hits)) == sorted(set(every) - {image})
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert sum(library.facet("modality").values()) == 63
    assert library.searcher.count() == 63
    assert found(library.search(picture("CT", 60), 1)) == [new[0]]
    report = library.build_index()
    assert (report.points, report.added) == (63, 3)
    library.searcher.refresh()
    assert library.searcher.pending == 0
    assert sum(library.facet("modality").values()) == 63


def test_a_library_without_an_index_is_searched_exactly(
    tmp_path: Path, open_library: LibraryOpener
) -> None:
    library = open_library(tmp_path / "library")
    assert library.search(picture("CT", 0)).hits == ()
    library.add(image_inputs(3))
    library.searcher.refresh()
    result = library.search(picture("US", 1), 3)
    assert result.backend == "exact"
    assert library.get(result.hits[0].id).filepath == "US/001.png"


HOLD = """
import sys
from radalike.library import Library
library = Library.open(sys.argv[1])
print(library.searcher.backend, flush=True)
sys.stdin.read()
library.close()
"""


def test_while_another_process_has_the_index_open_searches_are_exact(
    library_copy: Path, open_library: LibraryOpener
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(library_copy)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "edge\n"
        library = open_library(library_copy)
        image = next(iter(library.metadata()))
        result = library.similar_to(image, 59)
        assert result.backend == "exact"
        assert len(result.hits) == 59
        process.stdin.close()
        process.wait()
        library.searcher.refresh()
        assert library.similar_to(image, 59).backend == "edge"
