"""Evaluate without a browser: what is on it, and what is done there."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from radalike.access import Role
from radalike.catalog.runs import add_run
from radalike.library import Library
from radalike.library.audit.audit import AuditAction
from radalike.settings import load_settings
from search_ui.access import visitor as visitors
from search_ui.access.visitor import Visitor
from search_ui.components.evaluation.new_run import new_run_of, start
from search_ui.components.gallery import CardAction
from search_ui.evaluation.new_run import NewRun
from search_ui.jobs.jobs import Jobs
from search_ui.served import Served
from tests.search_ui.evaluation.stored import EVERY, failures, retrieval
from tests.search_ui.evaluation.stored import run as stored
from tests.search_ui.page_driver import (
    act,
    address,
    cards,
    component,
    html,
    labels,
    messages,
    open_page,
    press,
    run,
)

READER = Visitor("reader", frozenset({Role.READER}), can_sign_out=False)


def evaluate(page: AppTest, **params: str) -> AppTest:
    """Come to the page, which Streamlit knows by the hash of its path."""
    page._page_hash = calc_hash("evaluate")
    run(page, **params)
    page._page_hash = ""
    return page


@pytest.fixture(scope="module")
def measured(clinic_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the clinic's library with a run of each command, numbered from 1, then failures
    by label (9) and a retrieval of a later version (10)."""
    folder = Path(shutil.copytree(clinic_folder, tmp_path_factory.mktemp("measured") / "library"))
    with Library.open(folder) as library:
        encoder = library.encoder_id
        runs = [stored(command, found, encoder=encoder) for command, found in EVERY.items()]
        runs.append(stored("failures", failures("label", "CT/chest/nodule"), encoder=encoder))
        runs.append(stored("retrieval", {"<script>later</script>": 1}, encoder=encoder))
        for each in runs:
            add_run(library.catalog.engine, replace(each, fingerprint=library.fingerprint))
    return folder


@pytest.fixture
def measured_page(
    measured: Path, opened_servers: list[Served], monkeypatch: pytest.MonkeyPatch
) -> AppTest:
    return open_page(measured, monkeypatch)


@pytest.fixture
def as_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who may look at runs, and start none."""
    monkeypatch.setattr(visitors, "LOCAL", READER)


def audited(folder: Path, action: AuditAction) -> list[dict[str, object]]:
    with Library.open(folder) as library:
        return [dict(each.detail) for each in library.audit.entries(action=action)]


def test_runs_and_encoders(measured_page: AppTest) -> None:
    evaluate(measured_page)
    listed = component(measured_page, "evaluate-runs")
    assert listed is not None
    assert [row["number"] for row in listed["rows"]] == list(range(10, 0, -1))
    assert listed["rows"][0]["cells"][3] == ""
    assert listed["rows"][-1]["cells"][3] == "P@1 0.750 (0.700 to 0.800)"
    assert "Retrieval by encoder, micro" in html(measured_page)
    assert address(measured_page) == {}


@pytest.mark.parametrize("number", range(1, 11))
def test_every_run_is_shown(measured_page: AppTest, number: int) -> None:
    evaluate(measured_page, run=str(number))
    assert "All runs" in labels(measured_page)
    assert ("another version" in messages(measured_page)) is (number == 10)
    assert "<script>later" not in html(measured_page)
    press(measured_page, "All runs")
    assert address(measured_page) == {}


def test_two_runs_side_by_side(measured_page: AppTest) -> None:
    evaluate(measured_page, run="1", beside="1")
    assert "Both runs, macro" in html(measured_page)


def test_a_run_that_is_not_there(measured_page: AppTest) -> None:
    evaluate(measured_page, run="77")
    assert "no evaluation 77" in messages(measured_page).lower()
    press(measured_page, "All runs")
    assert "Stored runs" in str(component(measured_page, "evaluate-runs"))


def test_an_address_that_cannot_be(measured_page: AppTest) -> None:
    evaluate(measured_page, run="newest")
    assert "not the number of a run" in messages(measured_page)


def test_a_contact_sheet(measured_page: AppTest, measured: Path) -> None:
    evaluate(measured_page, run="9")
    assert cards(measured_page, "evaluate-sheet-query-1") == []
    measured_page.selectbox(key="evaluate-class").select("CT/chest/nodule").run()
    assert address(measured_page) == {"run": ["9"], "class": ["CT/chest/nodule"]}
    (query,) = cards(measured_page, "evaluate-sheet-query-1")
    assert len(cards(measured_page, "evaluate-sheet-1")) == 5
    assert audited(measured, AuditAction.EVALUATE)[0] == {
        "kind": "contact sheet",
        "run": 9,
        "failing": "CT/chest/nodule",
    }
    act(measured_page, CardAction.OPEN, query, "evaluate-sheet-query-1")
    assert address(measured_page)["open"] == [query]
    press(measured_page, "Back to the evaluation")
    assert address(measured_page) == {"run": ["9"], "class": ["CT/chest/nodule"]}


def test_the_map_and_its_list(measured_page: AppTest) -> None:
    evaluate(measured_page, view="map")
    assert "All 50 images" in measured_page.caption[0].value
    assert "Images on the map" in html(measured_page)
    measured_page.selectbox(key="evaluate-group-Modality").select("MR").run()
    shown = cards(measured_page, "evaluate-map-images")
    assert len(shown) == 14
    act(measured_page, CardAction.SIMILAR, shown[0], "evaluate-map-images")
    assert address(measured_page) == {"like": [shown[0]]}
    assert "most similar of" in html(measured_page)


def test_the_form_follows_the_kind(measured_page: AppTest) -> None:
    evaluate(measured_page, view="new")
    measured_page.selectbox(key="evaluate-new-kind").select("failures").run()
    assert measured_page.number_input(key="evaluate-new-below").value == 0.3
    measured_page.selectbox(key="evaluate-new-kind").select("space").run()
    assert not measured_page.exception
    assert not measured_page.number_input


def test_a_reader_starts_nothing(measured_page: AppTest, as_reader: None) -> None:
    evaluate(measured_page)
    assert measured_page.segmented_control(key="evaluate-view").options == ["Runs", "Embedding map"]
    evaluate(measured_page, view="new")
    assert "Starting one is for curators" in messages(measured_page)
    assert "Start" not in labels(measured_page)


def test_a_library_without_runs(page: AppTest) -> None:
    evaluate(page)
    assert "No evaluation is stored yet" in messages(page)


# -- starting a run ------------------------------------------------------------------------------


@pytest.fixture
def idle(clinic: Served, tmp_path: Path) -> Iterator[Served]:
    """A server whose jobs do nothing."""
    busy = clinic.jobs
    settings = load_settings(library=tmp_path)
    with Jobs(settings, command=(sys.executable, "-c", "pass")) as clinic.jobs:
        yield clinic
    clinic.jobs = busy


def test_a_run_that_is_started_is_audited(idle: Served, visitor: Visitor) -> None:
    start(idle, visitor, NewRun(kind="space", encoder="one"))
    (job,) = idle.jobs.list()
    assert (job.about, job.who) == ("space of one", visitor.name)
    (entry,) = idle.library.audit.entries(action=AuditAction.EVALUATE)
    assert entry.detail["kind"] == "space"
    assert entry.detail["options"]["images"] == ["all"]


def test_the_function_behind_the_button_asks_again(idle: Served) -> None:
    start(idle, READER, NewRun(kind="space", encoder="one"))
    assert idle.jobs.list() == ()


def test_the_new_run_is_the_one_stored_since(clinic: Served) -> None:
    engine = clinic.library.catalog.engine
    one = stored("retrieval", retrieval())
    number = add_run(engine, one)
    assert new_run_of(clinic, "retrieval", one.finished_at) == number
    assert new_run_of(clinic, "retrieval", one.finished_at.replace(year=2027)) is None
    assert new_run_of(clinic, "space", one.finished_at) is None
