"""`radalike ingest`: options, reports, exit codes."""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

import ingest.pipeline
from radalike.catalog.store import Catalog
from radalike.library import Library
from tests.ingest.command_line import DEFAULTS
from tests.ingest.commands.conftest import Radalike
from tests.ingest.files import write_dicom

REPORT = {
    "discovered": int,
    "added": int,
    "known": int,
    "skipped": int,
    "rejected": int,
    "left": int,
    "images": int,
    "encoded": int,
    "index_problem": type(None),
    "parts": int,
    "indexed": int,
    "device": str,
    "precision": str,
    "seconds": float,
    "interrupted": bool,
    "rejects": dict,
}


def _made(library: Path) -> Path:
    Library.open(library, create=True).close()
    return library


def test_json_is_the_whole_report_and_nothing_else(radalike: Radalike, export: Path) -> None:
    done = radalike("ingest", export, "--json")
    assert done.code == 0
    assert {name: type(value) for name, value in done.json.items()} == REPORT
    assert done.json["rejects"] == {"NotAnImage": 1}
    assert done.json["discovered"] == 5
    assert done.err == ""


def test_the_report_in_words(radalike: Radalike, export: Path) -> None:
    done = radalike("ingest", export)
    assert done.code == 0
    assert "5 files: 3 added, 0 known, 1 skipped (no images), 1 rejected." in done.out
    assert "NotAnImage 1" in done.out
    assert "radalike rejects" in done.out
    again = radalike("ingest", export)
    assert again.code == 0
    assert "5 files: 0 added, 3 known" in again.out


def test_strict_is_exit_1_when_something_was_rejected(radalike: Radalike, export: Path) -> None:
    assert radalike("ingest", export, "--strict").code == 1
    (export / "MUELLER_HANS.png").unlink()
    assert radalike("ingest", export, "--strict").code == 0


def test_progress_for_machines_goes_beside_the_report(
    radalike: Radalike, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADALIKE_PROGRESS", "json")
    done = radalike("ingest", export, "--json")
    assert done.json["added"] == 3
    told = [json.loads(line)["progress"] for line in done.err.splitlines()]
    assert {each["label"] for each in told} == {"files"}
    assert (told[0]["done"], told[0]["total"]) == (0, None)
    assert (told[-1]["done"], told[-1]["total"], told[-1]["committed"]) == (5, 5, 3)


def test_an_unknown_encoder_is_exit_2_and_makes_no_library(
    radalike: Radalike, export: Path, library: Path
) -> None:
    done = radalike("ingest", export, "--encoder", "efficientnet-lite1")
    assert done.code == 2
    assert "Did you mean efficientnet-lite0?" in done.err
    assert not library.exists()


@pytest.mark.parametrize(
    "options",
    [["--workers", "-1"], ["--precision", "float8"], ["--device", "tpu"], ["--colour"]],
    ids=lambda options: options[0],
)
def test_an_option_that_cannot_be_is_exit_2(
    radalike: Radalike, export: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    if "--device" in options:
        monkeypatch.undo()
        monkeypatch.setenv("RADALIKE_CONFIG", str(DEFAULTS))
        monkeypatch.setenv("RADALIKE_LIBRARY", str(export.parent / "library"))
    done = radalike("ingest", export, *options)
    assert done.code == 2
    assert "Traceback" not in done.err


def test_a_library_of_a_newer_format_is_left_alone(
    radalike: Radalike, export: Path, library: Path
) -> None:
    assert radalike("ingest", export).code == 0
    description = (library / "library.toml").read_text()
    (library / "library.toml").write_text(description.replace("format = 1", "format = 2"))
    for command in (("ingest", export), ("status",)):
        done = radalike(*command)
        assert done.code == 3
        assert "format 2" in done.err
        assert "upgrade" in done.err


def test_a_catalog_of_a_newer_version_is_left_alone(
    radalike: Radalike, export: Path, library: Path
) -> None:
    Catalog.open(f"sqlite:///{_made(library)}/catalog.sqlite").close()
    engine = create_engine(f"sqlite:///{library}/catalog.sqlite")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    done = radalike("ingest", export)
    assert done.code == 3
    assert "newer version" in done.err
    assert "upgrade" in done.err


def test_a_library_whose_making_was_cut_short_is_made_whole(
    radalike: Radalike, export: Path, library: Path
) -> None:
    """What a full disk or a kill leaves: a key without its bytes, and no description yet."""
    library.mkdir()
    (library / "key").write_bytes(b"")
    assert radalike("ingest", export).code == 0


def test_another_writer_is_named(radalike: Radalike, export: Path, library: Path) -> None:
    with Library.open(_made(library)) as opened, opened.writer(opened.load_encoder()):
        done = radalike("ingest", export)
        searched = radalike("status")
    assert done.code == 3
    assert f"process {os.getpid()} on " in done.err
    assert "wait" in done.err
    assert searched.code == 0
    assert radalike("ingest", export).code == 0


def test_rejects_hide_private_paths_which_locate_shows(radalike: Radalike, export: Path) -> None:
    assert "MUELLER" not in radalike("ingest", export).out
    hidden = radalike("rejects")
    assert "MUELLER" not in hidden.out
    assert "radalike locate" in hidden.out
    assert "NotAnImage" in hidden.out
    (listed,) = radalike("rejects", "--json").json
    assert listed["code"] == "NotAnImage"
    assert "MUELLER" not in str(listed)
    assert "MUELLER_HANS.png" in radalike("locate", listed["item"]).out


def test_an_error_that_nobody_foresaw_shows_no_traceback(
    radalike: Radalike, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("MUELLER^HANS")

    monkeypatch.setattr(ingest.pipeline, "ingest", fails)
    done = radalike("ingest", export)
    assert done.code == 3
    assert "RuntimeError" in done.err
    assert "MUELLER" not in done.err
    assert "Traceback" not in done.err


def test_without_decoding_processes_it_ends_and_says_so(
    radalike: Radalike, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    done = radalike("ingest", export)
    gc.collect()  # a process that was not waited for is a warning here, and not in another test
    assert done.code == 3
    assert "no decoding process can be started" in done.err


def test_the_library_and_its_key_are_their_owner_s_alone(
    radalike: Radalike, export: Path, library: Path
) -> None:
    write_dicom(export / "IM1", 30)
    radalike("ingest", export)
    assert library.stat().st_mode & 0o077 == 0
    assert (library / "key").stat().st_mode & 0o777 == 0o600


def test_a_library_where_none_can_be_is_exit_2(
    radalike: Radalike, export: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    for place in (tmp_path / "file", tmp_path / "file" / "library"):
        done = radalike("ingest", export, "--library", place, "--json")
        assert (done.code, done.json["kind"]) == (2, "UsageError")
