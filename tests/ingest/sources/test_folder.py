from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.sources.archive import ArchiveSource
from ingest.sources.folder import FolderSource
from ingest.sources.source import ArchiveMember
from radalike.errors import RejectCode, UsageError
from tests.ingest.archives import write_zip
from tests.ingest.files import write_png

_NOBODY = 65534

# What nobody may read is read by root, as which tests may run: so the walk is nobody's. The process
# changes its user only then, since the interpreter itself may lie where nobody can go.
_WALK = f"""
import json, os, sys
from pathlib import Path
from ingest.sources.folder import FolderSource
os.setgroups([])
os.setgid({_NOBODY})
os.setuid({_NOBODY})
items = FolderSource(Path(sys.argv[1]), "local").items()
print(json.dumps([[item.uri, item.problem and item.problem.code] for item in items]))
"""


def found(root: Path) -> dict[str, str | None]:
    """Path below `root`, and the code of the problem, of every item."""
    return {
        str(Path(item.uri.removeprefix("file:")).relative_to(root.resolve())): (
            str(item.problem.code) if item.problem else None
        )
        for item in FolderSource(root, "local").items()
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A source with one file, beside a folder that is outside of it."""
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "inside.png").write_bytes(b"x")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.png").write_bytes(b"x")
    return tmp_path / "root"


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that every user can enter, which `tmp_path` is not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("target", ["../outside/secret.png", "../outside", "../nothing", "/"])
def test_a_link_that_leads_out_is_a_problem(root: Path, target: str) -> None:
    (root / "link.png").symlink_to(target)
    assert found(root) == {"inside.png": None, "link.png": RejectCode.PATH_ESCAPE}


def test_a_link_to_a_file_inside_is_a_file(root: Path) -> None:
    (root / "link.png").symlink_to("inside.png")
    assert found(root) == {"inside.png": None, "link.png": None}


def test_what_a_link_to_a_folder_inside_shows_is_listed_once(root: Path) -> None:
    (root / "folder").mkdir()
    (root / "folder" / "a.png").write_bytes(b"x")
    (root / "link").symlink_to("folder")
    assert found(root) == {"folder/a.png": None, "inside.png": None}


def test_a_link_to_a_folder_above_does_not_go_round_for_ever(root: Path) -> None:
    (root / "folder").mkdir()
    (root / "folder" / "up").symlink_to("..")
    assert found(root) == {"inside.png": None}


def test_a_link_to_nothing_is_a_problem(root: Path) -> None:
    (root / "broken.png").symlink_to("gone.png")
    assert found(root) == {"broken.png": RejectCode.UNREADABLE, "inside.png": None}


def test_links_that_lead_to_each_other_are_problems(root: Path) -> None:
    (root / "a.png").symlink_to("b.png")
    (root / "b.png").symlink_to("a.png")
    assert set(found(root)) == {"a.png", "b.png", "inside.png"}
    assert found(root)["inside.png"] is None
    assert found(root)["a.png"] is not None


def test_links_inside_are_inside_when_the_root_is_reached_by_a_link(root: Path) -> None:
    (root / "link.png").symlink_to("inside.png")
    way_in = root.parent / "export"
    way_in.symlink_to(root)
    assert set(found(way_in).values()) == {None}


def test_one_root_under_two_spellings_is_one_source(root: Path) -> None:
    """`radalike ingest ../root` from beside it repeats nothing of `radalike ingest root`."""
    (root / "link.png").symlink_to("inside.png")
    spelt = root.parent / "outside" / ".." / "root"
    direct = list(FolderSource(root, "local").items())
    assert [item.uri for item in FolderSource(spelt, "local").items()] == [
        item.uri for item in direct
    ]


def test_a_pipe_is_a_problem_and_is_not_opened(root: Path) -> None:
    os.mkfifo(root / "pipe.png")
    assert found(root) == {"inside.png": None, "pipe.png": RejectCode.UNREADABLE}


def test_a_pipe_as_the_root_is_a_problem(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (item,) = FolderSource(tmp_path / "pipe", "local").items()
    assert item.problem is not None


def test_names_with_a_dot_in_front_are_passed_over(root: Path) -> None:
    (root / ".hidden.png").write_bytes(b"x")
    (root / ".folder").mkdir()
    (root / ".folder" / "a.png").write_bytes(b"x")
    assert found(root) == {"inside.png": None}


def test_a_root_with_a_dot_in_front_is_not(tmp_path: Path) -> None:
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "a.png").write_bytes(b"x")
    assert found(tmp_path / ".cache") == {"a.png": None}


def test_one_file_is_a_source(root: Path) -> None:
    (item,) = FolderSource(root / "inside.png", "local").items()
    assert item.uri == next(FolderSource(root, "local").items()).uri


def test_a_name_that_is_no_unicode_is_a_file(root: Path) -> None:
    (root / os.fsdecode(b"M\xfcller.png")).write_bytes(b"x")
    assert set(found(root).values()) == {None}
    assert len(found(root)) == 2


@pytest.mark.parametrize("missing", ["nothing", "inside.png/below"])
def test_a_root_that_is_missing_raises(root: Path, missing: str) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        list(FolderSource(root / missing, "local").items())


def test_a_suffix_promises_an_image(root: Path) -> None:
    for name in ("a.DCM", "b.txt", "c"):
        (root / name).write_bytes(b"x")
    promised = {
        Path(item.uri).name: item.claims_image for item in FolderSource(root, "local").items()
    }
    assert promised == {"a.DCM": True, "b.txt": False, "c": False, "inside.png": True}


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's rights need root")
def test_a_folder_that_cannot_be_opened_is_a_problem_and_the_others_are_listed(
    open_to_all: Path,
) -> None:
    for name in ("a/1.png", "locked/2.png", "unlisted/3.png", "z/4.png"):
        path = open_to_all / name
        path.parent.mkdir()
        path.write_bytes(b"x")
    (open_to_all / "locked").chmod(0o000)
    (open_to_all / "unlisted").chmod(0o744)  # its names can be read, its files not looked at
    assert _walked_by_nobody(open_to_all) == {
        "a/1.png": None,
        "locked": RejectCode.UNREADABLE,
        "unlisted/3.png": RejectCode.UNREADABLE,
        "z/4.png": None,
    }


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's rights need root")
def test_a_root_that_cannot_be_opened_raises(open_to_all: Path) -> None:
    (open_to_all / "locked").mkdir(mode=0o000)
    with pytest.raises(subprocess.CalledProcessError) as caught:
        _walked_by_nobody(open_to_all / "locked")
    assert "UsageError" in caught.value.stderr
    assert "Permission denied" in caught.value.stderr


def _walked_by_nobody(root: Path) -> dict[str, str | None]:
    done = subprocess.run(
        [sys.executable, "-c", _WALK, str(root)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    prefix = f"file:{root}/"
    return {uri.removeprefix(prefix): code for uri, code in json.loads(done.stdout)}


def uris(root: Path) -> list[str]:
    prefix = f"{root.resolve()}/"
    return [item.uri.replace(prefix, "") for item in FolderSource(root, "local").items()]


def test_an_archive_is_a_folder_of_its_members(root: Path) -> None:
    write_zip(root / "A.ZIP", {"DICOM/IM1": b"x", "../out": b"x"})
    assert uris(root) == ["zip:A.ZIP!DICOM/IM1", "zip:A.ZIP!../out", "file:inside.png"]
    items = list(FolderSource(root, "local").items())
    assert items[0].content == ArchiveMember(root.resolve() / "A.ZIP", 0)
    assert items[1].problem is not None


def test_one_archive_has_the_same_members_in_a_tree_and_alone(root: Path) -> None:
    path = write_zip(root / "a.zip", {"a": b"x", "b": b"y"})
    (root / "inside.png").unlink()
    alone = list(ArchiveSource(path, "local").items())
    assert list(FolderSource(root, "local").items()) == alone


def test_a_broken_archive_is_one_item_and_the_others_are_listed(root: Path) -> None:
    path = write_zip(root / "a.zip", {"a": b"x", "b": b"y"})
    os.truncate(path, path.stat().st_size - 5)
    assert found(root) == {"a.zip": RejectCode.TRUNCATED, "inside.png": None}


def test_what_is_named_as_an_archive_and_is_none_is_not_skipped_in_silence(root: Path) -> None:
    (root / "a.zip").write_bytes(b"text")
    write_png(root / "picture.zip", 1)
    os.mkfifo(root / "pipe.zip")
    assert found(root) == {
        "a.zip": None,
        "inside.png": None,
        "picture.zip": None,
        "pipe.zip": RejectCode.UNREADABLE,
    }
    assert all(
        item.claims_image for item in FolderSource(root, "local").items() if not item.problem
    )


def test_an_archive_outside_is_not_entered_by_a_link(root: Path) -> None:
    write_zip(root.parent / "outside" / "a.zip", {"a": b"x"})
    (root / "a.zip").symlink_to("../outside/a.zip")
    assert found(root) == {"a.zip": RejectCode.PATH_ESCAPE, "inside.png": None}


def test_a_tree_is_listed_as_it_is_taken(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a tree of a million files, too, only the folders on the way to one are held."""
    for number in range(400):
        folder = root / f"{number // 20:02}" / f"{number % 20:02}"
        folder.mkdir(parents=True)
        for file in range(3):
            (folder / f"{file}").touch()
    listed: list[str] = []
    plain = os.listdir

    def noted(folder: Path) -> list[str]:
        listed.append(str(folder))
        return plain(folder)

    monkeypatch.setattr(os, "listdir", noted)
    items = FolderSource(root, "local").items()
    at = [len(listed) for _ in zip(range(600), items, strict=False)]
    assert at[0] == 3  # the root, a folder, and one in it
    assert at[599] == 1 + 10 + 200
    assert len(list(items)) == 601


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """A tree 5,000 folders deep, each with a file: deeper than a path can name."""
    (tmp_path / "deep").mkdir()
    descriptor = os.open(tmp_path / "deep", os.O_RDONLY)
    for _ in range(5000):
        os.close(os.open("f", os.O_WRONLY | os.O_CREAT, dir_fd=descriptor))
        os.mkdir("d", dir_fd=descriptor)
        below = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = below
    os.close(descriptor)
    yield tmp_path / "deep"
    subprocess.run(["/bin/rm", "-rf", str(tmp_path / "deep")], check=True)


def test_a_tree_of_any_depth_is_walked_as_far_as_paths_reach(deep: Path) -> None:
    items = list(FolderSource(deep, "local").items())
    files = [item for item in items if item.problem is None]
    assert len(files) > 1900
    problems = [item.problem for item in items if item.problem is not None]
    assert len(items) - len(files) == len(problems) <= 2  # the first that no path can name
    for problem in problems:
        assert problem.code == RejectCode.UNREADABLE
        assert "too deep" in problem.reason
