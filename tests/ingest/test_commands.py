"""`radalike ingest` in this process, without its model: options, reports, exit codes."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

import ingest.pipeline
from radalike.catalog.store import Catalog
from radalike.cli.main import run
from radalike.library import Library
from tests.ingest.archives import write_zip
from tests.ingest.commands import DEFAULTS, Finished
from tests.ingest.files import write_dicom, write_png, write_pngs
from tests.ingest.runs import images_in
from tests.ingest.small_encoder import InstantEncoder

Radalike = Callable[..., Finished]

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


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Three pictures, a text, and a file that is no picture."""
    write_pngs(tmp_path / "export", 3)
    (tmp_path / "export" / "README").write_text("text")
    (tmp_path / "export" / "MUELLER_HANS.png").write_text("no picture")
    return tmp_path / "export"


@pytest.fixture
def radalike(
    library: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Radalike:
    """The command's own entry, with an encoder of the default's spec that costs nothing."""
    monkeypatch.setattr(
        Library,
        "load_encoder",
        lambda self, precision="": InstantEncoder(
            self.spec, device="cpu", precision="float32", batch_size=32
        ),
    )
    for name, value in (("LIBRARY", library), ("WORKERS", 1), ("BACKEND", "exact")):
        monkeypatch.setenv(f"RADALIKE_{name}", str(value))
    monkeypatch.setenv("COLUMNS", "200")

    def command(*arguments: str | Path) -> Finished:
        monkeypatch.setattr(sys, "argv", ["radalike", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            run()
        printed = capsys.readouterr()
        return Finished(int(ended.value.code or 0), printed.out, printed.err)

    return command


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


def test_ingests_are_kept_without_where_their_files_were(radalike: Radalike, export: Path) -> None:
    assert "Nothing has been ingested yet" in _runs_of_a_new_library(radalike, export.parent)
    done = radalike("ingest", export, "--dataset", "ward", "--json").json
    radalike("ingest", export)
    listed = radalike("ingest-runs", "--json")
    assert [run["added"] for run in listed.json["runs"]] == [0, 3]
    assert (listed.json["runs"][1]["sources"], listed.json["runs"][1]["dataset"]) == (
        ["folder"],
        "ward",
    )
    assert {
        name: listed.json["runs"][1][name] for name in ("discovered", "rejects", "seconds")
    } == {name: done[name] for name in ("discovered", "rejects", "seconds")}
    assert str(export) not in listed.out
    assert "NotAnImage" not in radalike("ingest-runs", "-n", "1").out
    assert "No evaluation is stored yet" in radalike("eval", "runs").out


def test_past_ingests_fit_into_a_terminal(
    radalike: Radalike, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    another = write_png(export.parent / "another.png", 9)
    write_zip(export.parent / "more.zip", {"a.png": another.read_bytes()})
    radalike("ingest", export)
    radalike("ingest", export, export.parent / "more.zip")
    lines = radalike("ingest-runs").out.splitlines()
    assert max(map(len, lines)) <= 80
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if "│" in line]
    told = [" ".join(filter(None, column)) for column in zip(*rows, strict=True)]
    assert (told[0], told[2], told[4]) == ("2 1", "archive, folder folder", "1 3")
    ends = "1 added, 3 known, 1 skipped, 1 rejected 3 added, 1 skipped, 1 rejected"
    assert told[3] == ends


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


def test_several_sources_and_a_data_set_s_name(
    radalike: Radalike, export: Path, tmp_path: Path
) -> None:
    other = write_png(tmp_path / "other" / "a.png", 50)
    report = radalike("ingest", export, other, "--dataset", "ward", "--json").json
    assert report["added"] == 4
    assert radalike("status", "--json").json["by_dataset"] == {"ward": 4}


def test_a_dicomdir_stands_for_its_medium(radalike: Radalike, tmp_path: Path) -> None:
    assert radalike("sample", tmp_path / "cd", "--images", 6).code == 0
    answer = radalike("ingest", tmp_path / "cd" / "DICOMDIR", "--json")
    assert (answer.code, answer.json["added"], answer.json["rejected"]) == (0, 6, 0)
    again = radalike("ingest", tmp_path / "cd", "--json").json
    assert (again["added"], again["discovered"]) == (0, answer.json["discovered"])


def test_another_file_of_that_name_is_a_file(radalike: Radalike, tmp_path: Path) -> None:
    write_dicom(tmp_path / "cd" / "DICOMDIR", 1)
    write_dicom(tmp_path / "cd" / "IM2", 2)
    answer = radalike("ingest", tmp_path / "cd" / "DICOMDIR", "--json")
    assert (answer.code, answer.json["discovered"]) == (0, 1)


@pytest.mark.parametrize("place", ["", "spool", "spool/rejected", "thumbnails"])
def test_what_is_in_a_library_is_no_source(
    radalike: Radalike, export: Path, library: Path, tmp_path: Path, place: str
) -> None:
    assert radalike("ingest", export).code == 0
    (library / "spool" / "rejected").mkdir(parents=True)
    answer = radalike("ingest", library / place, "--library", tmp_path / "other")
    assert answer.code == 2
    assert f"is in the library {library}" in answer.err
    assert f"--library {library}" in answer.err


def test_a_folder_of_people_s_own_in_a_library_is_a_source(
    radalike: Radalike, export: Path, library: Path
) -> None:
    assert radalike("ingest", export).code == 0
    write_pngs(library / "inbox", 2, first_seed=50)
    assert radalike("ingest", library / "inbox", "--json").json["added"] == 2


@pytest.mark.parametrize("root", [True, False], ids=["--root", "its own folder"])
def test_a_manifest(radalike: Radalike, export: Path, tmp_path: Path, *, root: bool) -> None:
    folder = tmp_path if root else export
    manifest = folder / "split.CSV"
    manifest.write_text(
        "filepath,dataset,split,modality,anatomic_region,XR/hand/fracture\n"
        "00000.png,study,train,DX,hand,1\n"
    )
    options = ["--root", export] if root else []
    assert radalike("ingest", manifest, *options, "--json").json["added"] == 1
    (hit,) = radalike("search", export / "00000.png", "--json").json["hits"]
    assert (hit["modality"], hit["anatomy"], hit["labels"]) == (
        "XR",
        "hand_wrist",
        ["XR/hand/fracture"],
    )
    assert (hit["dataset"], hit["source"]) == ("study", "00000.png")


@pytest.mark.parametrize(
    ("header", "named"),
    [("filepath,dataset,split,modality", "anatomic_region"), ("", "filepath")],
)
def test_a_manifest_that_is_none_is_exit_2(
    radalike: Radalike, tmp_path: Path, header: str, named: str
) -> None:
    (tmp_path / "split.csv").write_text(f"{header}\n")
    done = radalike("ingest", tmp_path / "split.csv")
    assert done.code == 2
    assert named in done.err
    assert done.out == ""


def test_a_manifest_that_breaks_off_keeps_the_rows_before(
    radalike: Radalike, export: Path, library: Path
) -> None:
    (export / "split.csv").write_text(
        "filepath,dataset,split,modality,anatomic_region\n"
        "00000.png,study,train,DX,hand\n"
        "00001.png,study\n"
    )
    done = radalike("ingest", export / "split.csv")
    assert done.code == 2
    assert "line 3" in done.err
    assert radalike("index", "check").code == 0
    assert images_in(f"sqlite:///{library}/catalog.sqlite") <= 1


def test_a_source_that_is_missing_is_exit_2(radalike: Radalike, tmp_path: Path) -> None:
    done = radalike("ingest", tmp_path / "nothing", "--json")
    assert done.code == 2
    assert done.json["kind"] == "UsageError"
    assert "nothing" in done.json["error"]
    assert done.json["hint"]


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


def _runs_of_a_new_library(radalike: Radalike, folder: Path) -> str:
    return radalike("ingest-runs", "--library", _made(folder / "new")).out


def _made(library: Path) -> Path:
    Library.open(library, create=True).close()
    return library


def test_a_source_without_a_name_is_exit_2_and_makes_no_library(
    radalike: Radalike, tmp_path: Path
) -> None:
    """A shell variable that is not set would be the current folder."""
    at = ("--library", tmp_path / "library", "--json")
    for command in ("ingest", "watch"):
        done = radalike(command, "", *at)
        assert (done.code, done.json["kind"]) == (2, "UsageError")
    assert not (tmp_path / "library").exists()


def test_a_library_where_none_can_be_is_exit_2(
    radalike: Radalike, export: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    for place in (tmp_path / "file", tmp_path / "file" / "library"):
        done = radalike("ingest", export, "--library", place, "--json")
        assert (done.code, done.json["kind"]) == (2, "UsageError")


def test_the_sample_in_json(radalike: Radalike, tmp_path: Path) -> None:
    done = radalike("sample", tmp_path / "sample", "--images", "6", "--json")
    assert done.code == 0
    assert sum(done.json["by_kind"].values()) == done.json["images"] == 6
