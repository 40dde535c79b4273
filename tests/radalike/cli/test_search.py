"""`radalike search` and `radalike similar`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from unittest.mock import patch

import pytest
from PIL import Image

from radalike.encoders.base import Encoder
from radalike.library import Library
from tests.conftest import LibraryOpener
from tests.radalike.cli.conftest import Answer, Radalike
from tests.radalike.pictures import picture


@pytest.fixture
def ids(library: Library) -> list[str]:
    return list(library.metadata())


@pytest.fixture(scope="module")
def own_library(small_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy: what is close is calibrated, and kept, by the first search."""
    return Path(copytree(small_library, tmp_path_factory.mktemp("searched") / "library"))


@pytest.fixture
def ask(radalike: Radalike, own_library: Path) -> Radalike:
    """On the small library, exactly."""

    def command(name: str, query: object, *arguments: object) -> Answer:
        return radalike(name, query, "--exact", "--library", own_library, *arguments)

    return command


@pytest.fixture
def query_file(tmp_path: Path, encoder: Encoder) -> Iterator[Path]:
    """The file of picture 4; the encoder of the session answers."""
    path = tmp_path / "query.png"
    Image.fromarray(picture("US", 4)).save(path)
    with patch.object(Library, "encoder", encoder):
        yield path


def test_json(ask: Radalike, ids: list[str], library: Library) -> None:
    answer = ask("search", ids[0], "-n", 3, "--json")
    assert answer.code == 0
    assert answer.err == ""
    shown = answer.json
    assert set(shown) == {"query", "encoder", "backend", "took_ms", "good_match", "folded", "hits"}
    assert (shown["query"], shown["encoder"]) == (ids[0], "efficientnet-lite0")
    assert shown["backend"] == "exact"
    assert shown["took_ms"] >= 0
    expected = library.similar_to(ids[0], 3, exact=True).hits
    assert [hit["id"] for hit in shown["hits"]] == [hit.id for hit in expected]
    for hit, record in zip(shown["hits"], (library.get(each.id) for each in expected), strict=True):
        assert {"id", "score", "modality", "anatomy", "labels", "dataset", "source"} <= set(hit)
        assert hit["modality"] == record.metadata.modality.value
        assert hit["labels"] == list(record.metadata.labels)
        assert hit["source"] == record.filepath
        assert -1 <= hit["score"] <= 1


def test_a_table(ask: Radalike, ids: list[str]) -> None:
    answer = ask("similar", ids[0], "-n", 3)
    assert answer.code == 0
    assert answer.out.startswith("3 most similar (efficientnet-lite0, exact, ")
    for word in ("score", "modality", "CT", "abdomen_pelvis", "phantoms", ".png"):
        assert word in answer.out


def test_a_file(ask: Radalike, ids: list[str], query_file: Path) -> None:
    (hit,) = ask("search", query_file, "-n", 1, "--json").json["hits"]
    assert hit["id"] == ids[4]
    assert hit["score"] == pytest.approx(1, abs=1e-3)


def test_filters(ask: Radalike, ids: list[str]) -> None:
    def hits(*arguments: str) -> list[dict[str, object]]:
        answer = ask("search", ids[0], "-n", 60, "--json", *arguments)
        found: list[dict[str, object]] = answer.json["hits"]
        return found

    assert {hit["modality"] for hit in hits("--modality", "ultrasound")} == {"US"}
    assert {hit["modality"] for hit in hits("--modality", "us", "--modality", "xr")} == {"US", "XR"}
    assert {hit["anatomy"] for hit in hits("--anatomy", "thorax")} == {"chest"}
    labelled = hits("--label", "effusion", "--where", "split=train")
    assert labelled
    for hit in labelled:
        assert "effusion" in str(hit["labels"])
        assert hit["split"] == "train"
    assert hits("--where", "age=31")[0]["age"] == 31


def test_nothing_passes(ask: Radalike, ids: list[str]) -> None:
    answer = ask("search", ids[0], "--modality", "MG")
    assert answer.code == 0
    assert "No image passes these filters" in answer.out
    assert ask("search", ids[0], "--modality", "MG", "--json").json["hits"] == []


def test_the_query_s_own_patient_is_left_out(ask: Radalike, ids: list[str]) -> None:
    for patient in ("own", "patient-0"):
        hits = ask("search", ids[0], "-n", 60, "--exclude-patient", patient, "--json").json["hits"]
        assert len(hits) == 55
        assert all(hit["patient"] != "patient-0" for hit in hits)


def test_a_private_place_is_never_shown(
    radalike: Radalike, library_copy: Path, open_library: LibraryOpener
) -> None:
    with open_library(library_copy) as library:
        image = next(iter(library.metadata()))
        sealed = library.privacy.seal("/exports/Jane Doe/1.dcm")
    connection = sqlite3.connect(library_copy / "catalog.sqlite")
    with connection:
        connection.execute("UPDATE images SET filepath = NULL, locator = ?", (sealed,))
    connection.close()
    common = ("similar", image, "-n", "1", "--exact", "--library", library_copy)
    for extra in ((), ("--json",)):
        answer = radalike(*common, *extra)
        assert answer.code == 0
        assert "Jane" not in answer.out
    assert radalike(*common, "--reveal").code == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("search", "none.png"), 2, "the query none.png cannot be read"),
        (("search", "9b2f1c1e-5d0a-5b8e-9a53-0c5e8f6d7a10"), 2, "no image 9b2f1c1e"),
        (("similar", "no-id"), 2, "no image no-id"),
        (("search", "x", "--modality", "CTX"), 2, "unknown modality"),
        (("search", "x", "--where", "colour=red"), 2, "unknown filter field"),
        (("search", "x", "--where", "red"), 2, "'red' is no condition"),
        (("search", "x", "--encoder", "effnet"), 2, "unknown encoder"),
        (("search", "x", "--exclude-patient", "own"), 2, "no image x"),
    ],
)
def test_wrong_requests(arguments: tuple[str, ...], code: int, said: str, ask: Radalike) -> None:
    answer = ask(*arguments)
    assert answer.code == code
    assert answer.err.startswith(f"radalike: {said}")
    assert len(answer.err.splitlines()) == 2
    assert answer.out == ""


def test_a_file_that_is_no_image(ask: Radalike, tmp_path: Path) -> None:
    path = tmp_path / "text.png"
    path.write_text("no image")
    answer = ask("search", path, "--json")
    assert answer.code == 2
    assert answer.json["kind"] == "ImageRejected"
