"""`radalike ingest`: what its sources can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest.commands.conftest import Radalike
from tests.ingest.files import write_dicom, write_png, write_pngs
from tests.ingest.runs import images_in


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


def test_a_source_without_a_name_is_exit_2_and_makes_no_library(
    radalike: Radalike, tmp_path: Path
) -> None:
    """A shell variable that is not set would be the current folder."""
    at = ("--library", tmp_path / "library", "--json")
    for command in ("ingest", "watch"):
        done = radalike(command, "", *at)
        assert (done.code, done.json["kind"]) == (2, "UsageError")
    assert not (tmp_path / "library").exists()
