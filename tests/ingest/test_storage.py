"""A full disk: it is named, what was committed is safe, and the next run completes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from radalike.embeddings.parts import EmbeddingChunk, write_part
from radalike.errors import IndexFault, StorageFull
from radalike.library import Library
from radalike.vectors import normalised
from tests.ingest.command_line import LIGHT, environment, radalike
from tests.ingest.conftest import OpenLibrary
from tests.ingest.files import write_pngs
from tests.ingest.runs import assert_sound, ingest_folder, part_ids

_ROOMY = "1g"  # the engine of the index reserves a good deal before it writes anything

_IMAGES = 240  # 1.2 MB of vectors

_LIMITED = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
runpy.run_module("tests.ingest.light_radalike", run_name="__main__", alter_sys=True)
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A function that gives a disk of a size (`2m`), or gives the disk another size."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = False

    def sized(size: str) -> Path:
        nonlocal mounted
        options = f"size={size}" + (",remount" if mounted else "")
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            pytest.skip("disks cannot be mounted here")
        mounted = True
        return folder

    yield sized
    if mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _fill(folder: Path) -> Path:
    """A file that takes all the room there is left."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file:
        for size in (65_536, 4_096):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return path


def test_a_part_that_finds_no_room_leaves_nothing(disk: Callable[[str], Path]) -> None:
    folder = disk("256k")
    vectors = normalised(np.random.default_rng(0).normal(size=(100, 1280)).astype(np.float32))
    chunk = EmbeddingChunk(tuple(str(row) for row in range(100)), vectors)
    with pytest.raises(StorageFull) as caught:
        write_part(folder / "embeddings", chunk, {})
    assert caught.value.exit_code == 3
    assert "run the same command again" in caught.value.hint
    assert list(folder.rglob("part-*")) == []


def test_a_folder_for_parts_that_finds_no_room_is_a_full_disk(disk: Callable[[str], Path]) -> None:
    folder = disk("64k,nr_inodes=2")
    (folder / "a file").touch()
    chunk = EmbeddingChunk(("a",), np.ones((1, 1), dtype=np.float32))
    with pytest.raises(StorageFull):
        write_part(folder / "embeddings", chunk, {})


def test_a_part_over_the_limit_of_a_file_is_a_full_disk_and_the_rest_goes_on(
    tmp_path: Path,
) -> None:
    """The same as a full disk, and needs no right to mount one."""
    export, library = tmp_path / "export", tmp_path / "library"
    write_pngs(export, _IMAGES)
    arguments = ["ingest", str(export), "--library", str(library)]
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(1024**2), *arguments],
        env=environment(part_rows=4096),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 3, done
    assert "no room left" in done.stderr
    assert "free some space" in done.stderr
    assert "Traceback" not in done.stderr
    with Library.open(library) as opened:
        assert_sound(opened)
        assert list(library.glob("embeddings/*/part-*")) == []
    report = radalike(*arguments, "--json", command=LIGHT).json
    assert (report["added"], report["indexed"]) == (_IMAGES, _IMAGES)
    with Library.open(library) as opened:
        assert_sound(opened)


@pytest.mark.parametrize(
    "size", ["2m", *(pytest.param(size, marks=pytest.mark.slow) for size in ("1m", "2500k"))]
)
def test_a_disk_that_fills_up_is_named_and_the_next_run_completes(
    disk: Callable[[str], Path], tmp_path: Path, size: str
) -> None:
    export, library = tmp_path / "export", disk(size) / "library"
    write_pngs(export, _IMAGES)
    arguments: tuple[str | Path, ...] = ("ingest", export, "--library", library)
    done = radalike(*arguments, command=LIGHT, part_rows=16)
    assert done.code == 3, done
    assert "no room left" in done.err
    assert "Traceback" not in done.err
    with Library.open(library) as opened:
        assert_sound(opened)
        committed = len(part_ids(opened))
    assert committed < _IMAGES
    disk(_ROOMY)
    report = radalike(*arguments, "--json", command=LIGHT).json
    assert (report["known"], report["added"]) == (committed, _IMAGES - committed)
    assert report["indexed"] == _IMAGES
    with Library.open(library) as opened:
        assert_sound(opened)


def test_a_disk_that_is_full_from_the_start_is_named(
    disk: Callable[[str], Path], tmp_path: Path, open_library: OpenLibrary
) -> None:
    write_pngs(tmp_path / "export", 3)
    library = open_library(str(disk("1m") / "library"))
    filler = _fill(disk("1m"))
    with pytest.raises(StorageFull):
        ingest_folder(library, tmp_path / "export")
    filler.unlink()
    assert ingest_folder(library, tmp_path / "export").added == 3
    assert_sound(library)


def test_a_library_that_finds_no_room_to_be_made_can_be_made_later(
    disk: Callable[[str], Path],
) -> None:
    folder = disk("1m")
    (folder / "library").mkdir(mode=0o700)
    filler = _fill(folder)
    with pytest.raises(StorageFull):
        Library.open(folder / "library", create=True)
    filler.unlink()
    with Library.open(folder / "library", create=True) as library:
        assert library.privacy.unseal(library.privacy.seal("text")) == "text"


def test_a_disk_that_fills_while_the_index_is_built_keeps_the_images(
    disk: Callable[[str], Path], tmp_path: Path, open_library: OpenLibrary
) -> None:
    """The index is a projection: without room for it, searches are exact."""
    write_pngs(tmp_path / "export", 5)
    root = disk(_ROOMY) / "library"
    library = open_library(str(root), backend="edge")
    ingest_folder(library, tmp_path / "export")
    write_pngs(tmp_path / "export", 5, first_seed=100)
    used = sum(path.stat().st_blocks * 512 for path in root.rglob("*") if path.is_file())
    disk(f"{used // 1024 + 300}k")
    told = "in the report"
    try:
        indexed = ingest_folder(library, tmp_path / "export").indexed
    except (IndexFault, StorageFull) as exc:
        indexed, told = 0, exc.hint
    assert indexed < 10
    assert told
    assert len(part_ids(library)) == 10
    disk(_ROOMY)
    report = ingest_folder(library, tmp_path / "export")
    assert report.known + report.added == 10
    assert report.indexed == 10
    assert_sound(library)
