"""An archive through the whole ingest: what it holds is what a folder holds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from ingest.pipeline import ingest
from ingest.sources.archive import ArchiveSource
from radalike.library import Library
from tests.ingest.archives import write_zip
from tests.ingest.conftest import OpenLibrary
from tests.ingest.files import write_dicom, write_png
from tests.ingest.runs import adds_up, assert_sound, ingest_folder, records_of, rejected


def _export(root: Path) -> dict[str, bytes]:
    """The files of a small export, by their names below `root`."""
    for number in range(6):
        study = {"PatientID": f"P{number % 2}", "StudyInstanceUID": f"1.2.{number % 2}"}
        write_dicom(root / "DICOM" / f"IM{number}", number, **study)
    write_png(root / "picture.png", 9)
    (root / "README").write_text("text")
    (root / "cut.png").write_bytes((root / "picture.png").read_bytes()[:80])
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def _seen(library: Library) -> Counter[object]:
    return Counter(
        (record.content, record.metadata.modality, record.metadata.anatomy, record.warnings)
        for record in records_of(library)
    )


def test_a_folder_and_an_archive_of_it_end_in_the_same_records(
    tmp_path: Path, open_library: OpenLibrary
) -> None:
    contents = _export(tmp_path / "export")
    archive = write_zip(tmp_path / "export.zip", contents)
    of_folder, of_archive = open_library("one"), open_library("other")
    first = ingest_folder(of_folder, tmp_path / "export")
    second = ingest(of_archive, [ArchiveSource(archive, "local")])
    for report in (first, second):
        assert (report.discovered, report.added, report.skipped, report.rejected) == (9, 7, 1, 1)
        assert adds_up(report)
    assert _seen(of_folder) == _seen(of_archive)
    assert rejected(of_folder) == rejected(of_archive)
    assert_sound(of_archive)


def test_instances_that_are_there_are_known_in_whatever_they_come(
    tmp_path: Path, library: Library
) -> None:
    contents = _export(tmp_path / "export")
    ingest_folder(library, tmp_path / "export")
    instances = {name: data for name, data in contents.items() if name.startswith("DICOM")}
    archive = write_zip(tmp_path / "export.zip", instances)
    report = ingest(library, [ArchiveSource(archive, "local")])
    assert (report.added, report.known, report.images) == (0, 6, 0)
    assert_sound(library)


def test_of_an_archive_that_grew_only_what_is_new_is_read(tmp_path: Path, library: Library) -> None:
    contents = _export(tmp_path / "export")
    archive = write_zip(tmp_path / "export.zip", contents)
    source = ArchiveSource(archive, "local")
    ingest(library, [source])
    again = ingest(library, [source])
    assert (again.added, again.known, again.skipped, again.rejected) == (0, 7, 1, 1)
    new = write_png(tmp_path / "new.png", 20).read_bytes()
    write_zip(archive, {"a-new.png": new, **contents})
    grown = ingest(library, [source])
    assert (grown.added, grown.known, grown.skipped, grown.rejected) == (1, 7, 1, 1)
    assert_sound(library)
