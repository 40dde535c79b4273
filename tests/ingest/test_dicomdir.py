"""What a DICOMDIR lists against what is there."""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import config, dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
)

from ingest import dicomdir as dicomdir_module
from ingest.dicomdir import DicomdirReport, check_dicomdir
from ingest.phantoms import write_sample
from radalike.errors import RadalikeError, UsageError
from tests.ingest.archives import write_zip
from tests.ingest.command_line import LIGHT, radalike
from tests.ingest.files import write_dicom


def _record(file_id: object = None, **attributes: object) -> Dataset:
    record = Dataset()
    record.RecordInUseFlag = 0xFFFF
    record.DirectoryRecordType = "IMAGE"
    with config.disable_value_validation():
        if file_id is not None:
            record.ReferencedFileID = file_id
        for keyword, value in attributes.items():
            setattr(record, keyword, value)
    return record


def write_directory(
    folder: Path, records: Sequence[Dataset], *, syntax: str = ExplicitVRLittleEndian
) -> Path:
    directory = Dataset()
    directory.file_meta = FileMetaDataset()
    directory.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    directory.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    directory.file_meta.TransferSyntaxUID = syntax
    directory.FileSetID = "EXPORT"
    directory.DirectoryRecordSequence = list(records)
    dcmwrite(folder / "DICOMDIR", directory, enforce_file_format=True)
    return folder / "DICOMDIR"


def listing(folder: Path, *file_ids: object) -> DicomdirReport:
    """The report of a directory with a record for each of `file_ids`."""
    return check_dicomdir(
        write_directory(folder, [_record(DirectoryRecordType="PATIENT"), *map(_record, file_ids)])
    )


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """DICOM/IM1 to IM3, beside something outside."""
    for number in (1, 2, 3):
        write_dicom(tmp_path / "export" / "DICOM" / f"IM{number}", number)
    write_dicom(tmp_path / "secret", 4)
    return tmp_path / "export"


_WHOLE = [["DICOM", "IM1"], ["DICOM", "IM2"], ["DICOM", "IM3"]]


def test_a_whole_file_set_is_complete(export: Path) -> None:
    assert listing(export, *_WHOLE) == DicomdirReport(3, 3, 0, 0, 0, 0, 0, 0, 0, (), ())
    assert check_dicomdir(export).complete


def test_the_sample_is_complete(tmp_path: Path) -> None:
    write_sample(tmp_path / "sample", 12, 1, lambda _done: None)
    report = check_dicomdir(tmp_path / "sample")
    assert report.complete
    assert report.listed == report.found == 12
    assert report.unlisted_dicom == 0


def test_a_directory_that_is_cut_short_is_never_complete(tmp_path: Path) -> None:
    write_sample(tmp_path / "sample", 12, 1, lambda _done: None)
    directory = tmp_path / "sample" / "DICOMDIR"
    whole = directory.read_bytes()
    for size in range(0, len(whole), 97):
        directory.write_bytes(whole[:size])
        try:
            report = check_dicomdir(directory)
        except RadalikeError:
            continue
        assert report.complete == (report.listed == 12)
        assert report.complete or "cut short or damaged" in " ".join(report.sentences())


def test_files_that_are_missing_are_named(export: Path) -> None:
    (export / "DICOM" / "IM2").unlink()
    (export / "DICOM" / "IM3").unlink()
    (export / "DICOM" / "IM3").mkdir()
    report = listing(export, *_WHOLE)
    assert (report.listed, report.found, report.missing, report.outside) == (3, 1, 2, 0)
    assert report.missing_names == ("DICOM/IM2", "DICOM/IM3")
    assert not report.complete


def test_files_that_are_not_listed_are_counted(export: Path) -> None:
    (export / "README.TXT").write_text("text")
    write_dicom(export / "LOST" / "IM9", 9)
    report = listing(export, *_WHOLE)
    assert report.complete
    assert (report.unlisted, report.unlisted_dicom) == (2, 1)


@pytest.mark.parametrize(
    "file_id",
    [
        ["..", "secret"],
        ["DICOM", "..", "..", "secret"],
        "../secret",
        "/etc/hostname",
        "C:\\x",
        "C:x",
    ],
)
def test_references_that_lead_out_are_outside(export: Path, file_id: object) -> None:
    report = listing(export, *_WHOLE, file_id)
    assert (report.found, report.missing, report.outside) == (3, 0, 1)
    assert report.outside_names == ()
    assert not report.complete


def test_links_that_lead_out_are_outside(export: Path) -> None:
    (export / "DICOM" / "LINK").symlink_to("../../secret")
    (export / "DICOM" / "INSIDE").symlink_to("IM1")
    report = listing(export, *_WHOLE, ["DICOM", "LINK"], ["DICOM", "INSIDE"])
    assert (report.found, report.missing, report.outside) == (4, 0, 1)
    assert report.outside_names == ("DICOM/LINK",)


def test_a_pipe_is_no_file_and_is_not_waited_for(export: Path) -> None:
    os.mkfifo(export / "DICOM" / "PIPE")
    report = listing(export, *_WHOLE, ["DICOM", "PIPE"])
    assert (report.found, report.missing, report.unreadable) == (3, 1, 1)


@pytest.mark.parametrize(
    "bad", ["", ["", ""], ["A" * 300], ["DICOM", "im\0"], ["é"], ["DICOM"], ["DOE^JANE", "IM1"]]
)
def test_one_bad_reference_rejects_no_other(export: Path, bad: object) -> None:
    report = listing(export, *_WHOLE, bad)
    assert (report.listed, report.found, report.missing, report.outside) == (4, 3, 1, 0)
    assert "DOE" not in json.dumps(report.as_json())


def test_records_that_are_not_in_use_are_not_listed(export: Path) -> None:
    records = [_record(["DICOM", "IM1"]), _record(["DICOM", "GONE"], RecordInUseFlag=0)]
    report = check_dicomdir(write_directory(export, records))
    assert (report.listed, report.found, report.inactive, report.unlisted) == (1, 1, 1, 2)


def test_a_file_that_is_listed_twice_is_one_file(export: Path) -> None:
    assert listing(export, *_WHOLE, *_WHOLE).listed == 3


def test_names_as_a_disc_is_copied_are_found(export: Path) -> None:
    shutil.move(export / "DICOM", export / "dicom")
    for before, after in (("IM1", "im1"), ("IM2", "IM2;1"), ("IM3", "im3.;1")):
        shutil.move(export / "dicom" / before, export / "dicom" / after)
    report = listing(export, *_WHOLE)
    assert report.complete
    assert (report.found, report.unlisted) == (3, 0)


def test_what_is_in_an_archive_is_not_of_the_file_set(export: Path) -> None:
    write_zip(export / "more.zip", {"DICOM/IM4": b"x"})
    report = listing(export, *_WHOLE, ["DICOM", "IM4"])
    assert report.missing_names == ("DICOM/IM4",)


def test_few_names_are_shown_and_all_are_counted(export: Path) -> None:
    report = listing(export, *[["DICOM", f"NO{number}"] for number in range(500)])
    assert report.missing == 500
    assert len(report.missing_names) == 20
    assert "and 480 more" in " ".join(report.sentences())


@settings(max_examples=30, deadline=None)
@given(
    file_ids=st.lists(
        st.lists(
            st.sampled_from(["DICOM", "IM1", "IM2", "..", "", ".", "/", "im3", "X"]), max_size=4
        ),
        max_size=8,
    )
)
def test_the_counts_add_up(
    file_ids: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("set")
    for name in ("IM1", "IM2", "IM3"):
        (folder / "DICOM").mkdir(exist_ok=True)
        (folder / "DICOM" / name).touch()
    report = listing(folder, *file_ids)
    assert report.listed == report.found + report.missing + report.outside
    assert min(report.found, report.missing, report.outside, report.unlisted) >= 0
    assert report.outside == 0 or any(".." in each or "/" in each for each in file_ids)


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _text(path: Path) -> None:
    path.write_text("text")


def _image(path: Path) -> None:
    write_dicom(path, 1)


def _bomb(path: Path) -> None:
    """600 MiB of nothing, deflated (PS3.5 A.5)."""
    write_directory(path.parent, [], syntax=DeflatedExplicitVRLittleEndian)
    head = path.read_bytes()[:400]
    start = head.index(DeflatedExplicitVRLittleEndian.encode()) + 24
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = b"".join(deflate.compress(bytes(2**20)) for _ in range(600)) + deflate.flush()
    path.write_bytes(head[:start] + body)


def _nested(path: Path) -> None:
    """Sequences 100,000 deep."""
    write_directory(path.parent, [])
    data = path.read_bytes()
    at = data.rindex(b"\x04\x00\x20\x12SQ")
    sequence = b"\x04\x00\x20\x12SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    path.write_bytes(data[:at] + sequence * 100_000)


@pytest.mark.parametrize("damage", [_cut, _text, _image, _bomb, _nested])
def test_a_broken_directory_is_an_error_that_says_what_to_do(export: Path, damage: object) -> None:
    path = write_directory(export, [_record(each) for each in _WHOLE])
    assert callable(damage)
    damage(path)
    with pytest.raises(RadalikeError, match="the DICOMDIR cannot be read") as caught:
        check_dicomdir(export)
    assert "by content" in caught.value.hint


def test_a_directory_that_is_too_large_is_an_error(
    export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_directory(export, [_record(each) for each in _WHOLE])
    monkeypatch.setattr(dicomdir_module, "MAX_BYTES", 100)
    with pytest.raises(RadalikeError, match="larger"):
        check_dicomdir(export)


def test_where_there_is_none_it_says_so(export: Path) -> None:
    for path in (export, export / "DICOMDIR", export / "nothing"):
        with pytest.raises(UsageError, match="no DICOMDIR"):
            check_dicomdir(path)


def test_the_command(export: Path) -> None:
    write_directory(export, [_record(each) for each in _WHOLE])
    whole = radalike("dicomdir", export, command=LIGHT)
    assert (whole.code, whole.err) == (0, "")
    assert "3 files listed: 3 found" in whole.out
    (export / "DICOM" / "IM3").unlink()
    lacking = radalike("dicomdir", export / "DICOMDIR", "--json", command=LIGHT)
    assert lacking.code == 1
    assert lacking.json == {
        "complete": False,
        "listed": 3,
        "found": 2,
        "missing": 1,
        "outside": 0,
        "inactive": 0,
        "unlisted": 0,
        "unlisted_dicom": 0,
        "unreadable": 0,
        "records_missing": 0,
        "missing_names": ["DICOM/IM3"],
        "outside_names": [],
    }
    assert radalike("dicomdir", export / "DICOM", command=LIGHT).code == 2
