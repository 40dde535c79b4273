"""Whole pages, of a small library."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest

from eval.ranking import Progress
from eval.report import SECTIONS, Request, make_report
from eval.report.keeping import finished_sections, keep, taken
from eval.report.making import Made
from eval.report.markup import Html
from eval.report.page import PICTURES_INSIDE, Section
from eval.retrieval import Question
from eval.saved_state import KeptWork
from radalike.encoders.base import Encoder
from radalike.errors import UnknownName, UsageError
from radalike.filters import eq
from radalike.library import Library
from tests.conftest import LibraryOpener, opened
from tests.radalike.pictures import image_inputs

DEFAULT = "efficientnet-lite0"
MODALITY = Question(relevance="modality")


@pytest.fixture(scope="module")
def evaluated(
    small_library: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Library]:
    """60 images, 45 train and 15 test, with two encoders; every fifth has two labels."""
    folder = copytree(small_library, tmp_path_factory.mktemp("of-ward-7") / "evaluated")
    with opened(Path(folder), encoder) as library:
        library.adapt("whitened", method="whiten", labels="modality")
        yield library


@contextmanager
def bar(_title: str) -> Iterator[Progress]:
    yield lambda _done, _total: None


def make(
    library: Library,
    path: Path,
    *sections: str,
    question: Question | None = None,
    encoders: tuple[str, ...] = (DEFAULT,),
) -> tuple[Made, str]:
    request = Request(
        question=question or Question(), encoders=encoders, draws=50, quick=True, seed=1
    )
    made = make_report(library, request, path, sections=sections or tuple(SECTIONS), bar=bar)
    return made, path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(evaluated: Library, tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, str]:
    """All that --quick has, of both encoders."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    return make(evaluated, path, encoders=(DEFAULT, "whitened"))


def test_every_section_is_there_or_says_why(page: tuple[Made, str]) -> None:
    made, text = page
    assert [each.name for each in made.sections] == list(SECTIONS)
    assert [each.name for each in made.sections if not each.made] == ["ann"]
    assert "Not measured: left out by --quick." in text
    for name, planned in SECTIONS.items():
        assert f'<section id="{name}"><h2>{planned.title}</h2>' in text.replace("\n", "")
    assert not re.search(r"\bnan\b", re.sub('"data:[^"]*"', "", text))
    assert made.bytes == len(text.encode())


def test_it_says_what_was_measured_but_not_where_or_whom(
    page: tuple[Made, str], evaluated: Library
) -> None:
    made, text = page
    stored = json.dumps(made.found(), allow_nan=False)
    for said in ("evaluated", DEFAULT, evaluated.fingerprint, "SHA-256", "faiss-cpu", "seed 1"):
        assert said in text
    for record in evaluated.records():
        for secret in (record.id, record.metadata.patient, record.metadata.study, record.filepath):
            assert not secret or secret not in text
            assert not secret or secret not in stored
    assert "of-ward-7" not in text


def test_the_numbers_are_those_of_the_evaluation(page: tuple[Made, str]) -> None:
    made, text = page
    found = made.found()
    one, two = found["retrieval"]["encoders"]
    assert (one["encoder"], two["encoder"]) == (DEFAULT, "whitened")
    assert f"{one['micro']['P@1']:.3f}" in text
    assert one["n_queries"] == 12
    assert len(found["comparison"]["differences"]) == 8
    assert {row["name"] for row in found["groups"]["modality"]} == {"CT", "US", "XR"}
    assert set(made.seconds) == set(SECTIONS)


def test_pictures_are_inside_where_classes_fail(page: tuple[Made, str], evaluated: Library) -> None:
    """The labels of these images are no more than their numbers' parity: not to be found."""
    made, text = page
    failing = made.found()["failures"]["failing"]
    shown = next(each for each in made.sections if each.name == "failures")
    assert shown.pictures == bool(failing)
    assert (PICTURES_INSIDE in text) == bool(failing)


def test_some_sections_with_what_was_measured(evaluated: Library, tmp_path: Path) -> None:
    made, _ = make(evaluated, tmp_path / "r.html", "ties", "comparison")
    assert [each.name for each in made.sections] == ["comparison", "ties", "provenance"]
    absent = made.sections[0]
    assert not absent.made
    assert "radalike adapt" in absent.body


def test_where_labels_are_missing_the_rest_is_measured(evaluated: Library, tmp_path: Path) -> None:
    none = Question(queries=eq("split", "val"))
    made, text = make(evaluated, tmp_path / "r.html", "retrieval", "space", question=none)
    assert [each.made for each in made.sections] == [False, True, True]
    assert "Not measured: there is no query image." in text


def test_a_page_of_nothing_is_an_error(evaluated: Library, tmp_path: Path) -> None:
    none = Question(queries=eq("split", "val"))
    with pytest.raises(UsageError, match="no section can be made: there is no query image"):
        make(evaluated, tmp_path / "r.html", "retrieval", "ties", question=none)
    assert not list(tmp_path.iterdir())
    assert not list(evaluated.layout.evaluation.glob("*"))  # which nothing may have made yet


def test_what_cannot_be_asked_is_said_at_once(evaluated: Library, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"'retrival'\. Did you mean retrieval"):
        make(evaluated, tmp_path / "r.html", "retrival")
    with pytest.raises(UsageError, match="no page"):
        make(evaluated, tmp_path / "missing" / "r.html")
    with pytest.raises(UsageError, match="no page"):
        make(evaluated, tmp_path)
    with pytest.raises(UsageError, match="unknown relevance 'patient'"):
        make(evaluated, tmp_path / "r.html", question=Question(relevance="patient"))


def test_an_interrupted_report_goes_on_with_the_next_section(
    evaluated: Library, tmp_path: Path
) -> None:
    titles: list[str] = []

    @contextmanager
    def until(title: str) -> Iterator[Progress]:
        titles.append(title)
        if title == stop:
            raise KeyboardInterrupt
        yield lambda _done, _total: None

    request = Request(question=Question(), encoders=(DEFAULT,), draws=20, quick=True)
    sections = ("retrieval", "groups", "ties", "space")
    stop = SECTIONS["space"].title
    path = tmp_path / "r.html"
    with pytest.raises(KeyboardInterrupt):
        make_report(evaluated, request, path, sections=sections, bar=until)
    assert len(list(evaluated.layout.evaluation.iterdir())) == 1
    titles.clear()
    stop = ""
    again = make_report(evaluated, request, path, sections=sections, bar=until)
    assert again.taken_over == ("retrieval", "groups", "ties")
    assert again.resumed == 3
    made_now = [SECTIONS[name].title for name in ("space", "provenance")]
    assert titles == made_now
    assert not list(evaluated.layout.evaluation.iterdir())
    whole = make_report(evaluated, request, path, sections=sections, bar=until)
    assert (whole.taken_over, whole.resumed) == ((), 0)
    assert json.dumps(again.found()) == json.dumps(whole.found())
    assert [each.body for each in again.sections[:4]] == [each.body for each in whole.sections[:4]]


def test_no_picture_and_no_absence_is_kept(evaluated: Library, tmp_path: Path) -> None:
    """An erasure would not find the one; the other may be possible now."""
    kept = KeptWork(tmp_path)
    request = Request(question=Question(), encoders=(DEFAULT,))
    finished = finished_sections(evaluated, request, kept)
    for number, (pictures, made) in enumerate(((False, True), (True, True), (False, False))):
        keep(finished, Section(f"s{number}", "S", Html("<p>"), {"a": 1}, pictures, made))
    again = finished_sections(evaluated, request, kept)
    assert taken(again, "s0") == Section("s0", "S", Html("<p>"), {"a": 1})
    assert (taken(again, "s1"), taken(again, "s2")) == (None, None)


def test_a_report_of_a_changed_library_begins_anew(
    open_library: LibraryOpener, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    library = open_library(tmp_path / "library")
    library.add(image_inputs(12))
    request = Request(question=Question(relevance="modality"), encoders=(DEFAULT,), draws=0)
    with KeptWork(library.layout.evaluation) as kept:
        finished_sections(library, request, kept).keep("ties", 1)
        assert finished_sections(library, request, kept).take("ties") == 1
        assert finished_sections(library, replace(request, draws=1), kept).take("ties") is None
        assert not caplog.records
        library.add(image_inputs(3, start=12))
        assert finished_sections(library, request, kept).take("ties") is None
    assert "begins anew" in caplog.text


def test_foreign_text_is_no_html(open_library: LibraryOpener, tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>"
    library = open_library(tmp_path / "library")
    inputs = [
        replace(each, metadata=replace(each.metadata, labels=(hostile,), dataset=hostile))
        for each in image_inputs(12)
    ]
    library.add(inputs)
    made, text = make(
        library, tmp_path / "r.html", "retrieval", "groups", "classes", "failures", "leakage"
    )
    assert all(each.made for each in made.sections)
    assert hostile not in text
    assert "&lt;script&gt;" in text
