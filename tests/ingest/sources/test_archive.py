from __future__ import annotations

import os
import stat
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.sources import archive as archive_module
from ingest.sources import zip_directory
from ingest.sources.archive import ArchiveSource, archive_items, is_archive
from ingest.sources.source import ArchiveMember, SourceItem
from radalike.errors import ImageRejected, RejectCode, UsageError
from tests.ingest.archives import Member, write_odd_zip, write_zip
from tests.ingest.files import write_dicom, write_png


def items_of(path: Path) -> list[SourceItem]:
    return list(ArchiveSource(path, "local").items())


def found(path: Path) -> dict[str, str | None]:
    """Name of each member, and the code of its problem."""
    prefix = f"zip:{os.path.realpath(path)}!"
    return {
        item.uri.removeprefix(prefix): str(item.problem.code) if item.problem else None
        for item in items_of(path)
    }


def test_items_are_members_in_the_order_of_the_directory(tmp_path: Path) -> None:
    contents = {"z/IM1": b"one", "a.png": b"three", "a.DCM": b"5" * 100}
    path = write_zip(tmp_path / "export.zip", contents)
    items = items_of(path)
    assert [item.uri for item in items] == [f"zip:{path}!{name}" for name in contents]
    assert [item.content for item in items] == [ArchiveMember(path, index) for index in range(3)]
    assert [item.size for item in items] == [3, 5, 100]
    assert [item.claims_image for item in items] == [False, True, True]
    assert all(item.filepath is None and item.dataset == "local" for item in items)


@pytest.mark.parametrize(
    "name",
    [
        *("../a.dcm", "x/../../a.dcm", "..", "x/..", "..\\a.dcm", "x\\..\\..\\a.dcm"),
        *("/etc/a.dcm", "\\\\host\\a.dcm", "C:\\a.dcm", "c:a.dcm", "", "a\0.dcm"),
    ],
)
def test_a_name_that_leads_out_is_a_problem_and_the_others_are_listed(
    tmp_path: Path, name: str
) -> None:
    members = [Member(name.encode()), Member(b"inside.dcm")]
    first, second = items_of(write_odd_zip(tmp_path / "a.zip", members))
    assert first.problem is not None
    assert first.problem.code == RejectCode.PATH_ESCAPE
    assert second.problem is None


def test_names_that_only_look_odd_are_names(tmp_path: Path) -> None:
    names = ["a../b", "a..dcm", "./DICOM/IM1", "Müller.png", "a!b", "ab:c"]
    assert found(write_zip(tmp_path / "a.zip", dict.fromkeys(names, b"x"))) == dict.fromkeys(names)


def test_hidden_names_and_folders_are_passed_over(tmp_path: Path) -> None:
    names = [".DS_Store", "__MACOSX/._IM1", ".git/x.png", "DICOM/", "WINDOWS\\"]
    contents = {name: b"" if name[-1] in "/\\" else b"x" for name in names}
    assert found(write_zip(tmp_path / "a.zip", contents)) == {}


def test_a_folder_that_has_content_is_no_folder(tmp_path: Path) -> None:
    assert found(write_odd_zip(tmp_path / "a.zip", [Member(b"folder/")])) == {"folder/": None}


@pytest.mark.parametrize(
    ("member", "code"),
    [
        (Member(b"a.dcm", flags=1), RejectCode.UNREADABLE),
        (Member(b"a.dcm", flags=1 << 6), RejectCode.UNREADABLE),
        (Member(b"a.dcm", method=9), RejectCode.UNREADABLE),
        (Member(b"a.dcm", method=14), RejectCode.UNREADABLE),
        (Member(b"a.dcm", size=2**31 + 1), RejectCode.RESOURCE_LIMIT),
        (Member(b"a.dcm", size=17 * 2**20), RejectCode.RESOURCE_LIMIT),
        (Member(b"a.dcm", attributes=(stat.S_IFLNK | 0o777) << 16), RejectCode.PATH_ESCAPE),
    ],
    ids=["encrypted", "strongly", "deflate64", "lzma", "2 GiB", "ratio", "link"],
)
def test_what_the_directory_tells_to_be_wrong_is_a_problem(
    tmp_path: Path, member: Member, code: RejectCode
) -> None:
    path = write_odd_zip(tmp_path / "a.zip", [Member(b"first"), member, Member(b"last")])
    assert found(path) == {"first": None, "a.dcm": code, "last": None}


def test_an_empty_picture_of_usual_size_may_compress_as_it_does(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a.dcm": bytes(16 * 2**20)})
    assert path.stat().st_size < 20_000
    assert found(path) == {"a.dcm": None}


def test_members_that_share_their_data_are_problems(tmp_path: Path) -> None:
    """A bomb without a large ratio: every entry points to the same data."""
    members = [Member(b"0"), *(Member(b"%d" % number, at=0) for number in range(1, 9))]
    codes = list(found(write_odd_zip(tmp_path / "a.zip", members)).values())
    assert codes.count(RejectCode.RESOURCE_LIMIT) == 8


def test_members_of_the_same_name_are_different_items(tmp_path: Path) -> None:
    members = [Member(name, name * count) for count in (1, 2, 3) for name in (b"a", b"b")]
    items = items_of(write_odd_zip(tmp_path / "a.zip", members))
    assert len({item.uri for item in items}) == 6
    assert items[0].uri.endswith("!a")
    assert items[1].uri.endswith("!b")


@settings(max_examples=60, deadline=None)
@given(names=st.lists(st.binary(max_size=5), max_size=12), utf_8=st.booleans())
def test_uris_are_unique_whatever_the_names(
    names: list[bytes], utf_8: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.zip"
    members = [Member(name, flags=0x800 if utf_8 else 0) for name in names]
    first = [item.uri for item in items_of(write_odd_zip(path, members))]
    assert len(set(first)) == len(first)
    assert [item.uri for item in items_of(path)] == first
    assert all(uri.encode("utf-8", "surrogateescape") for uri in first)


def test_the_path_of_an_archive_and_the_name_of_a_member_do_not_run_into_each_other(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.zip!b").mkdir()
    (one,) = items_of(write_zip(tmp_path / "a.zip", {"b/c.zip!d": b"x"}))
    (other,) = items_of(write_zip(tmp_path / "a.zip!b" / "c.zip", {"d": b"x"}))
    assert one.uri != other.uri


def test_of_an_archive_that_was_written_anew_only_what_differs_has_changed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.zip"
    contents = {f"IM{number}": b"%d" % number for number in range(5)}
    before = {
        item.uri: (item.size, item.modified_ns) for item in items_of(write_zip(path, contents))
    }
    write_zip(path, {"IM9": b"new", **contents, "IM3": b"x"}, zipfile.ZIP_STORED)
    os.utime(path, (0, 0))
    after = {item.uri: (item.size, item.modified_ns) for item in items_of(path)}
    prefix = f"zip:{path}!"
    changed = {uri for uri, stamp in after.items() if before.get(uri) != stamp}
    assert changed == {f"{prefix}IM3", f"{prefix}IM9"}


def test_every_cut_of_an_archive_is_an_error_and_never_a_part_of_it(tmp_path: Path) -> None:
    data = write_zip(tmp_path / "a.zip", {f"IM{n}": b"x" * n for n in range(4)}).read_bytes()
    for length in range(len(data)):
        (tmp_path / "cut.zip").write_bytes(data[:length])
        items = ArchiveSource(tmp_path / "cut.zip", "local").items()
        with pytest.raises(UsageError, match="cut short or broken") as caught:
            next(items)
        assert caught.value.data["code"] == RejectCode.TRUNCATED
        assert caught.value.hint


@pytest.mark.parametrize("announced", [0, 1, 3, 60_000])
def test_a_directory_that_holds_another_number_of_members_is_an_error(
    tmp_path: Path, announced: int
) -> None:
    path = write_odd_zip(tmp_path / "a.zip", [Member(b"a"), Member(b"b")], announced=announced)
    with pytest.raises(UsageError, match="not whole"):
        items_of(path)


def test_what_stands_before_an_archive_does_not_matter(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a": b"first", "b": b"second"})
    plain = path.read_bytes()
    path.write_bytes(b"a program that unpacks" + plain)
    assert found(path) == {"a": None, "b": None}


def test_an_archive_that_is_cut_behind_one_it_holds_is_not_read_as_that(tmp_path: Path) -> None:
    inner = write_zip(tmp_path / "inner.zip", {"inner": b"x"}).read_bytes()
    path = write_zip(tmp_path / "a.zip", {"inner.zip": inner, "a": b"x"}, zipfile.ZIP_STORED)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(inner) + len(inner)])
    with pytest.raises(UsageError, match="not whole"):
        items_of(path)


def test_a_comment_that_looks_like_an_end_is_no_end(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a": b"x"})
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"PK\x05\x06"
    assert found(path) == {"a": None}


def test_a_part_of_a_split_archive_is_an_error(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a": b"x"})
    data = bytearray(path.read_bytes())
    data[-18:-16] = struct.pack("<H", 2)
    path.write_bytes(data)
    with pytest.raises(UsageError, match="split"):
        items_of(path)


def test_archives_of_more_than_65535_members_and_of_zip64_are_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(66_000):
            archive.writestr(f"{number}", b"")
        with archive.open("large", "w", force_zip64=True) as member:
            member.write(b"x" * 70)
    items = items_of(tmp_path / "a.zip")
    assert len(items) == 66_001
    assert items[-1].size == 70
    assert not any(item.problem for item in items)


def test_sizes_beyond_4_gib_are_read_from_the_extra_field(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    write_odd_zip(path, [Member(b"a", size=0xFFFFFFFF)])
    data = path.read_bytes()
    central = data.index(b"PK\1\2")
    entry = bytearray(data[central : data.index(b"PK\5\6")])
    extra = struct.pack("<HHQ", 1, 8, 12)
    entry[30:32] = struct.pack("<H", len(extra))
    end = bytearray(data[data.index(b"PK\5\6") :])
    end[12:16] = struct.pack("<L", len(entry) + len(extra))
    path.write_bytes(data[:central] + entry + extra + end)
    (item,) = items_of(path)
    assert item.size == 12


def test_too_many_members_are_an_error_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_zip(tmp_path / "a.zip", dict.fromkeys("abc", b""))
    monkeypatch.setattr(zip_directory, "MAX_MEMBERS", 2)
    monkeypatch.setattr(zip_directory.ZipDirectory, "_read", None)
    with pytest.raises(UsageError, match="unpack it first") as caught:
        items_of(path)
    assert caught.value.data["code"] == RejectCode.RESOURCE_LIMIT


def test_a_large_directory_is_never_held(tmp_path: Path) -> None:
    """1 kB of comment a member, which takes 20 MB."""
    entry = zipfile.ZipInfo("IM1")
    entry.comment = b"c" * 1000
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(20_000):
            entry.filename = f"IM{number}"
            archive.writestr(entry, b"")
    tracemalloc.start()
    try:
        count = sum(1 for _ in ArchiveSource(tmp_path / "a.zip", "local").items())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 20_000
    assert peak < 4 * 2**20


def test_the_first_members_come_before_the_last_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_zip(tmp_path / "a.zip", {f"{n}": b"" for n in range(1000)})
    looked_at: list[str] = []
    plain = archive_module._problem

    def noted(entry: zip_directory.Entry, *, overlaps: bool) -> object:
        looked_at.append(entry.name)
        return plain(entry, overlaps=overlaps)

    monkeypatch.setattr(archive_module, "_problem", noted)
    items = archive_items(path, "local")
    next(items)
    assert len(looked_at) == 1


def test_an_archive_that_changes_while_it_is_listed_is_an_error(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {f"{n:0200}": b"" for n in range(1000)})
    items = archive_items(path, "local")
    next(items)
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(ImageRejected) as caught:
        list(items)
    assert caught.value.code == RejectCode.TRUNCATED


def test_what_is_an_archive_is_told_by_its_content(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "export", {"a": b"x"})
    empty = write_zip(tmp_path / "empty", {})
    picture = write_png(tmp_path / "picture.zip", 1)
    instance = write_dicom(tmp_path / "instance.zip", 1)
    instance.write_bytes(b"PK\x03\x04" + instance.read_bytes()[4:])
    os.mkfifo(tmp_path / "pipe.zip")
    assert [is_archive(path) for path in (archive, empty)] == [True, True]
    others = (picture, instance, tmp_path, tmp_path / "nothing", tmp_path / "pipe.zip")
    assert not any(is_archive(path) for path in others)
