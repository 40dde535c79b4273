"""The DICOMweb source against a real Orthanc."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copy2

import pytest

from ingest.phantoms import write_sample
from radalike.library import Library
from tests.ingest.command_line import LIGHT, radalike
from tests.ingest.conftest import OpenLibrary
from tests.ingest.files import ROOT_UID
from tests.ingest.runs import assert_sound, ingest_folder, records_of
from tests.ingest.sources.dicomweb.studies import EACH, ingest_from
from tests.peers.dcmtk import dcmtk_program
from tests.peers.orthanc import Orthanc, running_orthanc


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with running_orthanc(tmp_path_factory.mktemp("orthanc"), password=True) as running:
        yield running


@pytest.fixture
def empty_orthanc(orthanc: Orthanc, monkeypatch: pytest.MonkeyPatch) -> Orthanc:
    orthanc.clear()
    monkeypatch.setenv("RADALIKE_DICOMWEB_USER", orthanc.user)
    monkeypatch.setenv("RADALIKE_DICOMWEB_PASSWORD", orthanc.password)
    return orthanc


def _described(library: Library) -> dict[str, object]:
    """All of each record but where it was found."""
    return {
        record.id: replace(record, locator=None, evidence=None) for record in records_of(library)
    }


def test_a_folder_and_orthanc_end_in_the_same_records(
    empty_orthanc: Orthanc, open_library: OpenLibrary, tmp_path: Path
) -> None:
    export = tmp_path / "export"
    write_sample(export, 36, 5)
    for name in ("DICOMDIR", "README.txt"):
        (export / name).unlink()
    dicom = [path for path in export.rglob("*") if path.is_file()]
    empty_orthanc.upload(*dicom)
    one = open_library("folder")
    (tmp_path / "web").mkdir()
    copy2(one.layout.key, tmp_path / "web" / "key")  # so that the same identity has the same id
    other = open_library("web")
    by_folder, by_web = ingest_folder(one, export), ingest_from(other, empty_orthanc.dicomweb)
    assert by_web.added == by_folder.added == len(dicom)
    assert by_web.rejected == by_folder.rejected == 0
    assert _described(other) == _described(one)
    assert ingest_from(other, empty_orthanc.dicomweb).known == len(dicom)
    assert_sound(other)


def test_what_storescu_sends_to_orthanc_is_found(
    empty_orthanc: Orthanc, library: Library, files: list[Path]
) -> None:
    storescu = dcmtk_program("storescu")
    port = str(empty_orthanc.dicom_port)
    sent = [storescu, "-aec", empty_orthanc.aet, "127.0.0.1", port, *files]
    subprocess.run(sent, check=True, capture_output=True, timeout=60)
    assert empty_orthanc.instances() == len(files)
    report = ingest_from(library, f"{empty_orthanc.dicomweb}?PatientID=P0")
    assert (report.discovered, report.added) == (EACH, EACH)
    report = ingest_from(library, f"{empty_orthanc.dicomweb}?PatientID=P*&limit=7")
    assert (report.known, report.added) == (EACH, EACH)


def test_the_command_tells_no_secret_and_no_identifier(
    empty_orthanc: Orthanc, files: list[Path], tmp_path: Path
) -> None:
    empty_orthanc.upload(*files)
    source, place = f"dicomweb+{empty_orthanc.dicomweb}?PatientID=P*", tmp_path / "library"
    at = ("--library", place, "--json")
    secret = {"dicomweb_user": empty_orthanc.user, "dicomweb_password": empty_orthanc.password}
    wrong = radalike("ingest", source, *at, command=LIGHT)
    assert (wrong.code, wrong.json["kind"]) == (2, "UsageError")
    done = radalike("ingest", source, *at, command=LIGHT, **secret)
    assert done.code == 0, done
    assert done.json["added"] == len(files)
    for said in (wrong.out, wrong.err, done.out, done.err):
        assert not any(word in said for word in (ROOT_UID, "ss w", "P*", "Traceback"))
    kept = b"".join(path.read_bytes() for path in place.rglob("*") if path.is_file())
    for word in (ROOT_UID, empty_orthanc.password, "dicom-web"):
        assert word.encode() not in kept
    assert stat.S_IMODE((place / "spool").stat().st_mode) == 0o700
