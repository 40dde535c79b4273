"""Members of archives as the decoding process reads them: whole, or rejected."""

from __future__ import annotations

import os
import resource
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.decoding import archive_reader
from ingest.decoding.archive_reader import ArchiveReader, Stamp
from ingest.decoding.decode import decode
from ingest.decoding.messages import Decoded, Outcome, Rejected, Skipped
from ingest.sources.archive import archive_items
from ingest.sources.source import ArchiveMember
from radalike.errors import ImageRejected, RejectCode
from tests.ingest.archives import Member, write_odd_zip, write_zip
from tests.ingest.decoding.pools import PREPROCESSING
from tests.ingest.files import write_dicom, write_png


@pytest.fixture
def reader() -> Iterator[ArchiveReader]:
    reader = ArchiveReader()
    yield reader
    reader.close()


def outcomes(path: Path) -> list[Outcome]:
    reader = ArchiveReader()
    try:
        return [
            decode(
                item.content,
                dataset="local",
                claims_image=item.claims_image,
                preprocessing=PREPROCESSING,
                frames=1,
                archives=reader,
                stamp=Stamp(item.size, item.modified_ns),
            )
            for item in archive_items(path, "local")
            if isinstance(item.content, ArchiveMember)
        ]
    finally:
        reader.close()


def code_of(reader: ArchiveReader, member: ArchiveMember) -> RejectCode:
    with pytest.raises(ImageRejected) as caught:
        reader.member(member).read()
    return caught.value.code


@settings(max_examples=40, deadline=None)
@given(
    contents=st.lists(st.binary(max_size=2000), min_size=1, max_size=6),
    method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    data=st.data(),
)
def test_any_member_is_read_as_it_was_written_in_any_order(
    contents: list[bytes],
    method: int,
    data: st.DataObject,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.zip"
    write_zip(path, {str(number): content for number, content in enumerate(contents)}, method)
    reader = ArchiveReader()
    for index in data.draw(st.lists(st.integers(0, len(contents) - 1), max_size=8)):
        member = reader.member(ArchiveMember(path, index))
        assert member.read() == contents[index]
        assert member.head(512) == contents[index][:512]
        assert member.size == len(contents[index])
    reader.close()


def test_large_members_are_read_whole(tmp_path: Path, reader: ArchiveReader) -> None:
    noise, zeros = os.urandom(3_000_001), bytes(20_000_000)
    path = write_zip(tmp_path / "a.zip", {"noise": noise, "zeros": zeros})
    assert reader.member(ArchiveMember(path, 0)).read() == noise
    assert reader.member(ArchiveMember(path, 1)).read() == zeros


def test_what_a_folder_holds_is_decoded_the_same_from_an_archive(tmp_path: Path) -> None:
    write_dicom(tmp_path / "IM1", 1, PatientID="P1")
    write_png(tmp_path / "a.png", 2)
    (tmp_path / "README").write_text("text")
    contents = {path.name: path.read_bytes() for path in sorted(tmp_path.iterdir())}
    instance, readme, picture = outcomes(write_zip(tmp_path / "a.zip", contents))
    assert isinstance(instance, Decoded)
    assert instance.identity is not None
    assert instance.identity.patient == "P1"
    assert readme == Skipped()
    assert isinstance(picture, Decoded)


@pytest.mark.parametrize(
    ("member", "code"),
    [
        (Member(b"a", b"x" * 5000, size=4999), RejectCode.RESOURCE_LIMIT),
        (Member(b"a", b"x" * 5000, size=5001), RejectCode.TRUNCATED),
        (Member(b"a", b"x" * 5000, crc=1), RejectCode.TRUNCATED),
        (Member(b"a", os.urandom(5000), size=4999, method=0), RejectCode.RESOURCE_LIMIT),
        (Member(b"a", os.urandom(5000), size=5001, method=0), RejectCode.TRUNCATED),
        (Member(b"a", b"x" * 5000, local_name=b"b"), RejectCode.TRUNCATED),
        (Member(b"a", b"x" * 5000, at=5), RejectCode.TRUNCATED),
        (Member(b"a", b"x" * 5000, at=2**31), RejectCode.TRUNCATED),
    ],
)
def test_a_member_that_is_not_what_the_directory_says_is_rejected(
    tmp_path: Path, reader: ArchiveReader, member: Member, code: RejectCode
) -> None:
    path = write_odd_zip(tmp_path / "a.zip", [Member(b"before"), member, Member(b"behind")])
    assert code_of(reader, ArchiveMember(path, 1)) == code
    assert reader.member(ArchiveMember(path, 2)).read() == b"content"


def test_no_more_is_inflated_than_was_announced(tmp_path: Path, reader: ArchiveReader) -> None:
    path = write_odd_zip(tmp_path / "a.zip", [Member(b"a", bytes(150 * 2**20), size=1000)])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert code_of(reader, ArchiveMember(path, 0)) == RejectCode.RESOURCE_LIMIT
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024


def test_damage_in_the_compressed_data_is_damage(tmp_path: Path, reader: ArchiveReader) -> None:
    path = write_zip(tmp_path / "a.zip", {"a": os.urandom(500) * 4})
    data = bytearray(path.read_bytes())
    for place in range(200, 300):
        data[place] ^= 0x55
    path.write_bytes(data)
    assert code_of(reader, ArchiveMember(path, 0)) == RejectCode.TRUNCATED


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("name", ["inner.zip", "inner.dcm", "inner"])
def test_an_archive_in_an_archive_is_rejected(tmp_path: Path, name: str, method: int) -> None:
    inner = write_zip(tmp_path / "inner.zip", {"a": b"x"}).read_bytes()
    (outcome,) = outcomes(write_zip(tmp_path / "a.zip", {name: inner}, method))
    assert isinstance(outcome, Rejected)
    assert outcome.code == RejectCode.RESOURCE_LIMIT
    assert "unpack it first" in outcome.reason


@pytest.mark.parametrize("first", ["[Content_Types].xml", "META-INF/MANIFEST.MF", "mimetype"])
def test_a_document_in_an_archive_is_no_image(tmp_path: Path, first: str) -> None:
    """As in a folder: Office files, and the viewers on patients' CDs, are archives, too."""
    inner = write_zip(tmp_path / "inner.zip", {first: b"x", "a.png": b"y"}).read_bytes()
    (outcome,) = outcomes(write_zip(tmp_path / "a.zip", {"viewer.jar": inner}))
    assert isinstance(outcome, Skipped)


def test_names_of_members_promise_images(tmp_path: Path) -> None:
    contents = {"a.dcm": b"text", "b.png": b"text", "c.png": b"", "d.dcm": b"", "e": b""}
    found = outcomes(write_zip(tmp_path / "a.zip", contents))
    assert [str(each.code) if isinstance(each, Rejected) else "" for each in found] == [
        RejectCode.NOT_DICOM,
        RejectCode.NOT_AN_IMAGE,
        RejectCode.EMPTY,
        RejectCode.NOT_DICOM,
        "",
    ]


def test_what_is_no_image_is_not_inflated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_zip(tmp_path / "a.zip", {"video": bytes(2**20)})
    monkeypatch.setattr(archive_reader.OpenMember, "read", None)
    assert outcomes(path) == [Skipped()]


def test_an_archive_that_was_written_anew_is_noticed(tmp_path: Path, reader: ArchiveReader) -> None:
    path = write_zip(tmp_path / "a.zip", {"a": b"first", "b": b"second"})
    stamps = [Stamp(item.size, item.modified_ns) for item in archive_items(path, "local")]
    assert reader.member(ArchiveMember(path, 1), stamps[1]).read() == b"second"
    write_zip(path, {"b": b"second", "a": b"first"})
    with pytest.raises(ImageRejected) as caught:
        reader.member(ArchiveMember(path, 1), stamps[1])
    assert caught.value.code == RejectCode.MISSING_FILE
    write_zip(path, {"b": b"second"})
    assert code_of(reader, ArchiveMember(path, 1)) == RejectCode.MISSING_FILE
    os.truncate(path, 40)
    assert code_of(reader, ArchiveMember(path, 0)) == RejectCode.TRUNCATED
    path.unlink()
    with pytest.raises(FileNotFoundError):
        reader.member(ArchiveMember(path, 0))


def test_an_archive_is_opened_once_for_members_that_follow_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: ArchiveReader
) -> None:
    first = write_zip(tmp_path / "a.zip", dict.fromkeys("abc", b"x"))
    second = write_zip(tmp_path / "b.zip", dict.fromkeys("abc", b"y"))
    opened: list[Path] = []
    plain = archive_reader.open_regular

    def noted(path: Path) -> object:
        opened.append(path)
        return plain(path)

    monkeypatch.setattr(archive_reader, "open_regular", noted)
    for path in (first, first, second, second, first):
        reader.member(ArchiveMember(path, 0))
    assert opened == [first, second, first]


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    """It can have been put there after the file was listed."""
    os.mkfifo(tmp_path / "pipe.png")
    os.mkfifo(tmp_path / "pipe.zip")
    for content in (tmp_path / "pipe.png", ArchiveMember(tmp_path / "pipe.zip", 0)):
        outcome = decode(
            content, dataset="", claims_image=True, preprocessing=PREPROCESSING, frames=1
        )
        assert outcome == Rejected(RejectCode.UNREADABLE, "not a regular file")
