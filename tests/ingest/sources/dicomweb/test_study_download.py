from __future__ import annotations

import stat
from collections import Counter
from pathlib import Path

import pytest

from ingest.sources.dicomweb import server
from ingest.sources.dicomweb.study_download import FetchedInstance, media_storage_instance
from radalike.errors import RejectCode
from tests.ingest.files import ROOT_UID, write_dicom
from tests.ingest.sources.dicomweb.archive import ROOT, Archive, serving
from tests.ingest.sources.dicomweb.studies import EACH, STUDIES, contents_of, failure_of, items_of


def test_a_study_is_fetched_at_once_byte_for_byte(
    archive: Archive, files: list[Path], tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    with serving(archive) as url:
        items = items_of(url, spool)
        assert isinstance(items[-1].content, FetchedInstance)
        path = items[-1].content.fetch()  # the last: those before it wait on the disk
        assert items[-1].content.fetch() == path
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert len(list(path.parent.iterdir())) == EACH
        assert contents_of(items) == [file.read_bytes() for file in files]
        assert list(path.parent.iterdir()) == []
    assert sorted(archive.retrieved()) == [f"{ROOT}/studies/{ROOT_UID}.3.{n}" for n in range(2)]
    del items
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_an_answer_that_is_cut_is_completed_one_by_one(
    archive: Archive,
    files: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    share: float,
) -> None:
    monkeypatch.setattr(server, "_CHUNK", 1024)  # less than a file here, as it is than files are
    archive.cut = int(share * sum(len(each.content) for each in archive.instances) / STUDIES)
    with serving(archive) as url:
        assert contents_of(items_of(url, tmp_path)) == [file.read_bytes() for file in files]
    alone = [path for path in archive.retrieved() if "/instances/" in path]
    assert 0 < len(alone) < len(files)


def test_a_part_that_is_no_dicom_is_fetched_alone(
    archive: Archive, files: list[Path], tmp_path: Path
) -> None:
    bad = archive.instances[2]
    archive.spoilt = {bad.uid: b"<html>Internal error</html>"}
    with serving(archive) as url:
        assert contents_of(items_of(url, tmp_path)) == [file.read_bytes() for file in files]
    assert [path for path in archive.retrieved() if "/instances/" in path] == [bad.path]


def test_an_instance_that_its_study_lacks_is_fetched_alone(
    archive: Archive, files: list[Path], tmp_path: Path
) -> None:
    archive.absent = frozenset({archive.instances[4].uid})
    archive.alone_is_plain = True  # as some servers do, against the standard
    with serving(archive) as url:
        assert contents_of(items_of(url, tmp_path)) == [file.read_bytes() for file in files]


def test_one_alone_that_is_cut_is_tried_again(
    archive: Archive, files: list[Path], tmp_path: Path
) -> None:
    once, ever = archive.instances[0].uid, archive.instances[1].uid
    archive.absent = frozenset({once, ever})
    archive.cut_instances = Counter({once: 1, ever: 99})
    with serving(archive) as url:
        items = items_of(url, tmp_path)
        assert contents_of(items[:1]) == [files[0].read_bytes()]
        assert failure_of(items[1]) is RejectCode.UNREADABLE
        assert contents_of(items[2:]) == [file.read_bytes() for file in files[2:]]


def test_what_cannot_be_had_says_why(archive: Archive, tmp_path: Path) -> None:
    gone, broken = archive.instances[:2]
    archive.gone = frozenset({gone.uid})
    archive.absent = frozenset({broken.uid})
    archive.failures[broken.path] = 99
    with serving(archive) as url:
        items = items_of(url, tmp_path)
        assert failure_of(items[0]) is RejectCode.MISSING_FILE
        assert failure_of(items[1]) is RejectCode.UNREADABLE
        assert len(contents_of(items[2:])) == len(items) - 2


def test_an_instance_without_end_is_refused(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MOST_INSTANCE_BYTES", 1_000_000)
    archive.endless = frozenset({archive.instances[0].uid})
    with serving(archive) as url:
        items = items_of(url, tmp_path)
        assert failure_of(items[0]) is RejectCode.RESOURCE_LIMIT
        assert len(contents_of(items[1:])) == len(items) - 1
    assert [path for path in tmp_path.rglob("*") if path.stat().st_size > 1_000_000] == []


def test_what_waits_on_the_disk_is_bounded(
    archive: Archive, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(archive.instances[0].content)
    monkeypatch.setattr("ingest.sources.dicomweb.study_download._MOST_KEPT_BYTES", size)
    with serving(archive) as url:
        items = items_of(url, tmp_path / "spool")
        assert isinstance(items[4].content, FetchedInstance)
        folder = items[4].content.fetch().parent
        assert len(list(folder.iterdir())) <= 4
        assert contents_of(items) == [file.read_bytes() for file in files]


def test_the_instance_of_a_part_is_read_from_its_beginning_only(tmp_path: Path) -> None:
    good = write_dicom(tmp_path / "good", 1, SOPInstanceUID="1.2.3").read_bytes()
    for name, content in {
        "empty": b"",
        "cut": good[:150],
        "lying": good[:132] + b"\x02\x00\x03\x00UI\xff\xff1.2",
        "long": good[:132] + b"\x02\x00\x01\x00OB\0\0\xff\xff\xff\xff",
        "none": good[:132] + b"\x08\x00\x18\x00UI\x04\x001.2\0",
    }.items():
        (tmp_path / name).write_bytes(content)
        assert media_storage_instance(tmp_path / name) is None
    assert media_storage_instance(tmp_path / "good") == "1.2.3"
