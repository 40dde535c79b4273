"""The pages Ingest, Library and Audit as they are run, over a real library and real jobs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from radalike.access import Role
from radalike.encoders.base import Encoder
from radalike.library import Library
from radalike.library.audit.audit import AuditAction
from radalike.settings import load_settings
from search_ui.access.visitor import Visitor
from search_ui.jobs.job import JobState
from search_ui.jobs.jobs import Jobs
from search_ui.served import Served
from tests.ingest.files import write_pngs

LIGHT = (sys.executable, "-m", "tests.search_ui.jobs.light_child")
CURATOR = Visitor("ada", frozenset({Role.CURATOR}), can_sign_out=False)
READER = Visitor("eve", frozenset({Role.READER}), can_sign_out=False)
AUDITOR = Visitor("bo", frozenset({Role.AUDITOR}), can_sign_out=False)


def script(page: str, served: object, visitor: object) -> None:
    # Run as a file of its own: it knows nothing of what is imported above.
    from importlib import import_module

    from search_ui.faults import told

    with told():
        getattr(import_module(f"search_ui.pages.{page}"), f"{page}_page")(served, visitor)


def opened(page: str, served: Served, visitor: Visitor) -> AppTest:
    app = AppTest.from_function(
        script, default_timeout=60, kwargs={"page": page, "served": served, "visitor": visitor}
    )
    return run(app)


def run(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def html(app: AppTest) -> str:
    return "\n".join(each.proto.body for each in app.get("html"))


def labels(app: AppTest) -> list[str]:
    return [each.label for each in app.button]


def words(app: AppTest) -> str:
    shown = (*app.error, *app.info, *app.success, *app.warning, *app.caption)
    return "\n".join(each.value for each in shown)


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    write_pngs(folder / "MUELLER^HANS" / "2026", 3)
    (folder / "MUELLER^HANS" / "2026" / "SCHMIDT.png").write_text("no picture")
    return folder


@pytest.fixture
def serve(
    tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Served]]:
    """Opens an empty library, or that of a folder; its jobs need no model."""
    for name, value in {"PRECISION": "float32", "WORKERS": "1"}.items():
        monkeypatch.setenv(f"RADALIKE_{name}", value)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    all_served: list[Served] = []

    def open_(folder: Path = tmp_path / "library", backend: str = "exact", **flags: str) -> Served:
        monkeypatch.setenv("RADALIKE_BACKEND", backend)
        settings = load_settings(library=folder, backend=backend, **flags)
        library = Library.open(folder, create=True, settings=settings)
        vars(library)["encoder"] = encoder
        served = Served(library)
        served.jobs = Jobs(settings, command=LIGHT)
        all_served.append(served)
        return served

    yield open_
    for served in all_served:
        served.close()


# -- ingest --------------------------------------------------------------------------------------


def test_without_roots_the_page_says_which_setting(serve: Callable[..., Served]) -> None:
    app = opened("ingest", serve(), CURATOR)
    assert "`RADALIKE_INGEST_ROOTS=/exports" in words(app)
    assert "Not set up" in words(app)
    assert "Nothing has been rejected." in words(app)
    assert labels(app) == []


def test_a_reader_sees_nothing_of_ingests(serve: Callable[..., Served], exports: Path) -> None:
    app = opened("ingest", serve(ingest_roots=str(exports)), READER)
    assert (labels(app), html(app)) == ([], "")


def test_a_folder_is_chosen_level_by_level_and_ingested(
    serve: Callable[..., Served], exports: Path
) -> None:
    served = serve(ingest_roots=str(exports))
    app = opened("ingest", served, CURATOR)
    assert "<strong>exports</strong>" in html(app)
    app.selectbox[1].set_value("MUELLER^HANS").run()
    app.selectbox[1].set_value("2026").run()
    assert "<strong>exports / MUELLER^HANS / 2026</strong>" in html(app)
    app.button("ingest-up").click().run()
    assert "<strong>exports / MUELLER^HANS</strong>" in html(app)
    app.text_input("ingest-dataset").set_value("ward").run()
    app.button("ingest-go").click().run()
    assert not app.exception
    assert not app.error
    (entry,) = served.library.audit.entries()
    assert (entry.who, entry.action, entry.detail) == ("ada", "ingest", {"root": "exports"})

    ends = time.monotonic() + 60
    while not served.jobs.list()[0].state.finished:
        assert time.monotonic() < ends
        time.sleep(0.05)
    assert served.jobs.list()[0].state is JobState.DONE, served.jobs.list()
    run(app)
    shown = html(app)
    assert "4 files = 3 added, 0 known, 0 skipped, 1 rejected, 0 left. 3 images." in shown
    assert "NotAnImage" in shown
    assert "Export it again as PNG, JPEG or DICOM." in shown
    assert "ward" in shown
    assert "SCHMIDT" not in shown


def test_a_job_is_cancelled_and_the_audit_knows(
    serve: Callable[..., Served], exports: Path
) -> None:
    served = serve(ingest_roots=str(exports))
    write_pngs(exports / "many", 400)
    job = served.jobs.start_ingest("exports", "many", "ada")
    app = opened("ingest", served, CURATOR)
    assert "Cancel" in labels(app)
    app.button(f"job-cancel-{job.id}").click().run()
    assert served.jobs.get(job.id).cancelling or served.jobs.get(job.id).state.finished
    (entry,) = served.library.audit.entries()
    assert entry.detail == {"cancelled": "a folder below exports"}


def test_a_folder_that_is_gone(serve: Callable[..., Served], exports: Path) -> None:
    app = opened("ingest", serve(ingest_roots=str(exports)), CURATOR)
    (exports / "soon gone").mkdir()
    run(app)
    app.selectbox[1].set_value("soon gone").run()
    (exports / "soon gone").rmdir()
    run(app)
    assert "cannot be opened" in app.error[0].value
    assert "soon gone" not in app.error[0].value
    assert app.button("ingest-go").disabled
    app.button("ingest-up").click().run()
    assert not app.error


# -- library -------------------------------------------------------------------------------------


def test_an_empty_library_says_what_to_do(serve: Callable[..., Served]) -> None:
    app = opened("library", serve(), READER)
    assert "There are no images in this library yet" in words(app)
    assert "Room on disk" in html(app)


def test_the_library_is_checked_and_its_index_built(
    serve: Callable[..., Served], library_copy: Path
) -> None:
    served = serve(library_copy, backend="edge")
    app = opened("library", served, READER)
    assert "60 images" in app.markdown[0].value
    assert "The index is up to date" in words(app)
    assert labels(app) == []

    app = opened("library", served, CURATOR)
    app.button("library-check").click().run()
    assert "of what exact search finds" in words(app)
    assert "have not been checked" not in words(app)
    assert "of what exact search finds" in words(opened("library", served, READER))

    app.button("library-anew").click().run()
    (entry,) = served.library.audit.entries(action=AuditAction.BUILD_INDEX)
    assert entry.detail == {"full": True, "encoder": served.library.encoder_id}
    assert "have not been checked" in words(app)
    ends = time.monotonic() + 60
    while not served.jobs.list()[0].state.finished:
        assert time.monotonic() < ends
        time.sleep(0.05)
    assert "The index holds 60 vectors, 60 newly written." in html(run(app))


# -- audit ---------------------------------------------------------------------------------------


def test_only_auditors_see_the_audit(serve: Callable[..., Served]) -> None:
    served = serve()
    app = opened("audit", served, CURATOR)
    assert (labels(app), html(app)) == ([], "")
    assert served.library.audit.entries() == []


def test_the_audit_is_read_chosen_turned_and_verified(serve: Callable[..., Served]) -> None:
    served = serve()
    audit = served.library.audit
    audit.write("<b>eve", AuditAction.QUERY, words="<script>alert(1)</script>")
    for _ in range(60):
        audit.write("ada", AuditAction.MARK)
    app = opened("audit", served, AUDITOR)
    run(app)
    told = audit.entries(action=AuditAction.AUDIT_READ)
    assert [(entry.who, entry.detail) for entry in told] == [("bo", {"how": "page"})]
    assert "read the audit" in html(app)
    assert app.button("audit-newer").disabled
    app.button("audit-older").click().run()
    assert "&lt;script&gt;alert(1)" in html(app)
    assert "<script>" not in html(app)
    assert app.button("audit-older").disabled

    app.text_input("audit-who").set_value("nobody").run()
    assert "No entries are as chosen." in words(app)
    app.text_input("audit-who").set_value("<b>eve").run()
    assert "&lt;b&gt;eve" in html(app)
    assert "ada" not in html(app)

    app.button("audit-verify").click().run()
    assert "All 62 entries are there" in words(app)


def test_what_cannot_be_audited_is_not_shown(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    from radalike.errors import StorageFull

    served = serve()

    def full(*_: object, **__: object) -> int:
        raise StorageFull("no room is left")

    with monkeypatch.context() as patch:
        patch.setattr(served.library.audit, "write", full)
        app = opened("audit", served, AUDITOR)
        for _ in range(2):  # nor when it is tried again
            assert "No room is left" in words(app)
            assert "Who did what" not in html(app)
            run(app)
    run(app)
    assert "Who did what" in html(app)
