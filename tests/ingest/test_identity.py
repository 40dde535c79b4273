"""One image is one identity: what comes again, or comes with other pixels."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from ingest.pipeline import ingest
from ingest.sources.folder import FolderSource
from radalike.errors import CorruptPart, RejectCode
from radalike.library import Library
from radalike.vectors import check_unit
from tests.ingest.conftest import OpenLibrary
from tests.ingest.files import picture, write_dicom, write_png, write_pngs
from tests.ingest.runs import (
    adds_up,
    assert_sound,
    ingest_folder,
    ingest_manifest,
    part_ids,
    records_of,
    rejected,
)

ALL = "ds,train,CT,chest"


def test_a_file_that_was_only_touched_is_known(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "export"
    path = write_png(root / "a.png", 1)
    ingest_folder(library, root)
    os.utime(path, ns=(1, 1))
    report = ingest_folder(library, root)
    assert (report.known, report.added, report.rejected) == (1, 0, 0)
    assert ingest_folder(library, root).known == 1


def test_a_file_with_other_pixels_than_before_is_a_conflict_and_the_first_is_kept(
    library: Library, tmp_path: Path
) -> None:
    root = tmp_path / "export"
    path = write_png(root / "a.png", 1)
    ingest_folder(library, root)
    write_png(path, 2)
    os.utime(path, ns=(1, 1))
    report = ingest_folder(library, root)
    assert report.rejects == {RejectCode.IDENTITY_CONFLICT: 1}
    assert adds_up(report)
    assert_sound(library)


@pytest.mark.parametrize("part_rows", [1, 4096], ids=["in two parts", "in one batch"])
def test_one_instance_with_two_contents_is_a_conflict_and_the_first_is_kept(
    open_library: OpenLibrary, tmp_path: Path, part_rows: int
) -> None:
    library = open_library(part_rows=part_rows)
    root = tmp_path / "export"
    write_dicom(root / "a" / "IM1", 1, SOPInstanceUID="1.2.3")
    if part_rows == 1:
        ingest_folder(library, root)
    write_dicom(root / "b" / "IM1", 2, SOPInstanceUID="1.2.3")
    report = ingest_folder(library, root)
    assert report.rejects == {RejectCode.IDENTITY_CONFLICT: 1}
    assert adds_up(report)
    (image,) = part_ids(library)
    other = open_library("other")
    ingest_folder(other, root / "a")
    (first,) = part_ids(other)
    assert library.get(image).content == other.get(first).content


def test_one_instance_in_two_files_is_one_image(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "export"
    write_dicom(root / "a" / "IM1", 1, SOPInstanceUID="1.2.3")
    write_dicom(root / "b" / "IM1", 1, SOPInstanceUID="1.2.3")
    report = ingest_folder(library, root)
    assert (report.added, report.known, report.images) == (1, 1, 1)
    assert adds_up(report)
    assert_sound(library)


def test_equal_pictures_are_encoded_once_and_marked(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "export"
    for number in range(5):
        write_png(root / f"{number}.png", seed=1)
    first = ingest_folder(library, root)
    for number in range(5, 8):
        write_png(root / f"{number}.png", seed=1)
    second = ingest_folder(library, root)
    assert (first.added, first.encoded) == (5, 1)
    assert (second.added, second.encoded) == (3, 0)
    originals = {record.duplicate_of for record in records_of(library)}
    assert len(originals) == 2  # None for the first, and the first for the others
    assert library.catalog.totals()["duplicates"] == 7
    chunk = next(library.embeddings())
    assert np.ptp(chunk.vectors, axis=0).max() == 0


def test_vectors_belong_to_their_images(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "export"
    write_pngs(root, 70)  # more than are encoded at once
    ingest_folder(library, root)
    chunk = next(library.embeddings())
    check_unit(chunk.vectors)
    assert len({record.content for record in records_of(library)}) == 70
    for seed in (0, 63, 64, 69):
        (hit,) = library.search(picture(seed), 1).hits
        assert hit.score == pytest.approx(1.0, abs=1e-4)
        located = library.locate(library.get(hit.id))
        assert located is not None
        assert located.endswith(f"{seed:05}.png")


def test_a_row_that_is_there_twice_is_added_once(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "images"
    write_pngs(root, 2)
    rows = [f"00000.png,{ALL}", f"00001.png,{ALL}", f"00000.png,{ALL}"]
    report = ingest_manifest(library, root, rows)
    assert (report.discovered, report.added, report.images) == (3, 2, 2)
    assert adds_up(report)
    assert_sound(library)


def test_sources_that_overlap_are_added_once(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "export"
    write_pngs(root / "a", 2)
    write_pngs(root / "b", 2, first_seed=10)
    report = ingest_folder(library, root, root / "a", root / "a" / "00000.png")
    assert (report.added, report.images) == (4, 4)
    assert adds_up(report)
    assert_sound(library)


def test_a_reject_that_comes_twice_is_listed_once(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "export"
    root.mkdir()
    (root / "empty.png").write_bytes(b"")
    report = ingest_folder(library, root, root)
    assert (report.added, report.rejected + report.known) == (0, 2)
    assert rejected(library) == {RejectCode.EMPTY: 1}


def test_the_library_s_own_pictures_are_not_ingested(
    open_library: OpenLibrary, tmp_path: Path
) -> None:
    """`radalike ingest .` with the default library: its thumbnails lie inside of the source."""
    library = open_library("export/radalike-library")
    write_pngs(tmp_path / "export", 3)
    reports = [ingest_folder(library, tmp_path / "export") for _ in range(2)]
    assert [report.added for report in reports] == [3, 0]


def test_a_part_that_is_lost_is_an_error_that_names_it(library: Library, tmp_path: Path) -> None:
    """The vector of a duplicate is read from its part."""
    root = tmp_path / "export"
    write_png(root / "a.png", 1)
    ingest_folder(library, root)
    (part,) = library.layout.embeddings(library.fingerprint).glob("*.parquet")
    part.unlink()
    write_png(root / "b.png", 1)
    with pytest.raises(CorruptPart, match=part.name):
        ingest_folder(library, root)


def test_names_that_are_no_unicode_are_ingested(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "export"
    write_png(root / os.fsdecode(b"M\xfcller.png"), 1)
    assert ingest(library, [FolderSource(root, "local")]).added == 1
    (record,) = records_of(library)
    located = library.locate(record)
    assert located is not None
    assert os.fsencode(located).endswith(b"M\xfcller.png")


def test_a_patient_is_erased_by_the_id_alone_whatever_issuer_the_files_name(
    library: Library, tmp_path: Path
) -> None:
    write_dicom(tmp_path / "export" / "1.dcm", 1, PatientID="P1", IssuerOfPatientID="QUELLENTAL")
    write_dicom(tmp_path / "export" / "2.dcm", 2, PatientID="P2", IssuerOfPatientID="QUELLENTAL")
    ingest_folder(library, tmp_path / "export")
    report = library.erase_patient("P1")
    assert (report.images, report.found) == (1, 0)
    assert library.catalog.totals()["images"] == 1
