from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from importlib.metadata import version

from radalike.library.search.marks import Marks
from radalike.library.search.regions import Region
from search_ui.filtering.filter_state import Filters, Span
from search_ui.searching.answers import Answer, run_search
from search_ui.searching.cards import Card
from search_ui.searching.exports import as_csv, as_json, provenance_of
from search_ui.searching.search_state import SearchState
from search_ui.searching.visit import Visit, with_text, with_upload
from search_ui.served import Served

IMAGE = "592f1e05-2b45-509e-97c2-9fc706aed23b"
OTHER = "692f1e05-2b45-509e-97c2-9fc706aed23b"
PngOf = Callable[[str, str, int], bytes]

VISIT = Visit(
    SearchState(
        like=IMAGE,
        region=Region(0, 0, 0.5, 1),
        filters=Filters(modality=("CT",), age=Span(40, None)),
        limit=50,
        exact=True,
    ),
    marks=Marks((IMAGE,), (OTHER,)),
)
ANSWER = Answer(
    (
        Card(
            IMAGE,
            "CT",
            "Chest",
            "Nodule",
            "/thumbnails/x",
            0.987654321,
            labels=("CT/chest/nodule", "b"),
            folded=2,
            facts=(("Sex", "Female"),),
        ),
        Card(OTHER, "=HYPERLINK(1)", "@SUM(1)", "", None, 0.5, labels=("=cmd|' /C calc'!A0",)),
        Card("third", "CT", "Chest", "", None, None),
    ),
    "exact",
    "some-encoder",
    "0123abcd",
    1.0,
)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_json_holds_the_results_and_how_they_were_found() -> None:
    said = json.loads(as_json(ANSWER, VISIT, provenance_of(VISIT, ANSWER, 1420)))
    origin = said["provenance"]
    assert origin.pop("at")
    assert origin == {
        "query": {
            "image": IMAGE,
            "region": "0,0,0.5,1",
            "relevant": [IMAGE],
            "not_relevant": [OTHER],
        },
        "filters": {"modality": ["CT"], "age": ["40.."]},
        "limit": 50,
        "exact": True,
        "same_patient": False,
        "every_slice": False,
        "encoder": "some-encoder",
        "fingerprint": "0123abcd",
        "backend": "exact",
        "images": 1420,
        "radalike": version("radalike"),
    }
    first, second, third = said["results"]
    assert first == {
        "rank": 1,
        "id": IMAGE,
        "score": 0.987654,
        "modality": "CT",
        "anatomy": "Chest",
        "labels": ["CT/chest/nodule", "b"],
        "facts": {"Sex": "Female"},
        "mark": "relevant",
        "more": 2,
    }
    assert second["mark"] == "not relevant"
    assert third["score"] is None


def test_csv_has_a_line_a_result_and_no_formulas() -> None:
    provenance = provenance_of(VISIT, ANSWER, 1420)
    text = as_csv(ANSWER, VISIT, provenance)
    first, second, third = rows(text)
    assert (first["rank"], first["id"], first["score"]) == ("1", IMAGE, "0.987654")
    assert first["labels"] == "CT/chest/nodule; b"
    assert json.loads(first["provenance"])["encoder"] == "some-encoder"
    assert second["provenance"] == third["provenance"] == ""
    assert second["modality"] == "'=HYPERLINK(1)"
    assert second["anatomy"] == "'@SUM(1)"
    assert second["labels"].startswith("'=cmd")


def test_a_query_in_words_and_one_that_was_uploaded(served: Served, png_of: PngOf) -> None:
    words = provenance_of(with_text(Visit(), "lung nodule"), ANSWER, 1)
    assert words.query == {"words": "lung nodule"}
    visit = with_upload(Visit(), served.receive(png_of("CT", "chest", 1)))
    uploaded = provenance_of(visit, ANSWER, 1)
    assert uploaded.query == {
        "uploaded": "80 x 96 pixels",
        "window": None,
        "rendering": served.library.spec.rendering,
    }


def test_pseudonyms_vectors_and_links_stay_in_the_library(clinic: Served) -> None:
    images = clinic.library.metadata()
    visit = Visit(SearchState(like=next(iter(images)), limit=100, same_patient=True))
    answer = run_search(clinic, visit, "")
    provenance = provenance_of(visit, answer, len(images))
    written = as_json(answer, visit, provenance) + as_csv(answer, visit, provenance)
    assert len(answer.cards) > 10
    for metadata in images.values():
        for secret in (metadata.patient, metadata.study, metadata.series):
            assert secret is None or secret not in written
    assert "/thumbnails/" not in written
    assert str(clinic.library.layout.root) not in written
