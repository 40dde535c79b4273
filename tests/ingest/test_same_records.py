"""A folder tree, a ZIP, Orthanc over DICOMweb and storescu into the receiver: the same files end in
the same records, whichever way they came."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from shutil import copy2
from threading import Event
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from pynetdicom import _config

from ingest.phantoms import write_sample
from ingest.pipeline import ingest
from ingest.receiver.receiver import Receiver, ReceiverSettings
from ingest.receiver.settling import settled_in
from ingest.receiver.spool import Spool
from ingest.report import IngestReport
from ingest.sources.archive import ArchiveSource
from ingest.sources.spool import SpoolSource
from radalike.library import Library
from tests.ingest.conftest import OpenLibrary
from tests.ingest.receiver.peers import dcmtk
from tests.ingest.runs import assert_sound, ingest_folder, records_of
from tests.ingest.sources.dicomweb.studies import ingest_from
from tests.peers.orthanc import running_orthanc

IMAGES = 40  # CT, MR, XR and US, a cine loop, RLE


@pytest.fixture(autouse=True)
def _pynetdicom_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver changes pynetdicom's configuration, as a process of its own may."""
    for name in ("UNRESTRICTED_STORAGE_SERVICE", "LOG_HANDLER_LEVEL"):
        monkeypatch.setattr(_config, name, getattr(_config, name))


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    write_sample(tmp_path / "export", IMAGES, 7)
    return sorted((tmp_path / "export" / "DICOM").rglob("IM*"))


@pytest.fixture
def by_folder(
    open_library: OpenLibrary, files: list[Path], tmp_path: Path
) -> tuple[Library, IngestReport]:
    library = open_library("by-folder")
    return library, ingest_folder(library, tmp_path / "export")


def with_key_of(library: Library, open_library: OpenLibrary, root: Path) -> Library:
    """An empty library in which the same identity has the same id."""
    (root / "other").mkdir()
    copy2(library.layout.key, root / "other" / "key")
    return open_library("other")


def described(library: Library) -> dict[str, object]:
    """All of each record but where it was found, and the order in which equal ones came."""
    return {
        record.id: replace(record, locator=None, evidence=None, duplicate_of=None)
        for record in records_of(library)
    }


def assert_the_same(other: Library, library: Library) -> None:
    assert len(described(library)) > IMAGES
    assert described(other) == described(library)
    assert_sound(other)


def test_a_zip(
    by_folder: tuple[Library, IngestReport], open_library: OpenLibrary, tmp_path: Path
) -> None:
    library, report = by_folder
    with ZipFile(tmp_path / "export.zip", "w", ZIP_DEFLATED) as archive:
        for path in sorted((tmp_path / "export").rglob("*")):
            archive.write(path, path.relative_to(tmp_path))
    other = with_key_of(library, open_library, tmp_path)
    found = ingest(other, [ArchiveSource(tmp_path / "export.zip", "local")])
    assert (found.added, found.rejected) == (report.added, 0)
    assert_the_same(other, library)


def test_orthanc_over_dicomweb(
    by_folder: tuple[Library, IngestReport],
    open_library: OpenLibrary,
    files: list[Path],
    tmp_path: Path,
) -> None:
    library, report = by_folder
    other = with_key_of(library, open_library, tmp_path)
    (tmp_path / "orthanc").mkdir()
    with running_orthanc(tmp_path / "orthanc") as orthanc:
        orthanc.upload(*files)
        found = ingest_from(other, orthanc.dicomweb)
    assert (found.added, found.rejected) == (report.added, 0)
    assert_the_same(other, library)


def test_storescu_into_the_receiver(
    by_folder: tuple[Library, IngestReport],
    open_library: OpenLibrary,
    files: list[Path],
    tmp_path: Path,
) -> None:
    library, report = by_folder
    other = with_key_of(library, open_library, tmp_path)
    spool = Spool(other.layout, other.privacy, kept_free=0)
    with spool.exclusively(), Receiver(spool, ReceiverSettings(port=0)) as receiver:
        # RLE as it is: without the option storescu would leave compressed files out.
        plain = [path for path in files if not _is_run_length_encoded(path)]
        packed = [path for path in files if _is_run_length_encoded(path)]
        assert packed
        assert dcmtk("storescu", receiver.port, *plain).returncode == 0
        assert dcmtk("storescu", receiver.port, "-xr", *packed).returncode == 0
        source = SpoolSource(spool, "local", settled_in(other), Event(), quiet_seconds=0.2)
        found = ingest(other, [source])
    assert (found.added, found.rejected) == (report.added, 0)
    assert list(spool.names()) == []
    assert_the_same(other, library)


def _is_run_length_encoded(path: Path) -> bool:
    return b"1.2.840.10008.1.2.5" in path.read_bytes()[:512]
