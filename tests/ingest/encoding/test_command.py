"""`radalike encode` and `radalike default-encoder` as processes: kills, interrupts, exit codes."""

from __future__ import annotations

import os
import signal
import subprocess
import tomllib
from pathlib import Path
from shutil import rmtree

import pytest

from radalike.catalog.coverage import images_with_vectors
from radalike.library import Library
from radalike.library.checking import check_library
from radalike.settings import load_settings
from tests.ingest.command_line import LIGHT, REAL, Command, finished, radalike, start, wait_for
from tests.ingest.files import write_pngs

OTHER = "biomedclip"
_IMAGES = 160
_SMALL_PARTS = {"part_rows": 16, "part_seconds": 1}


@pytest.fixture
def command() -> Command:
    return LIGHT


def ingested(tmp_path: Path, images: int, command: Command = LIGHT) -> tuple[Path, Path]:
    """An export, and a library of it."""
    export, library = tmp_path / "export", tmp_path / "library"
    write_pngs(export, images)
    done = radalike("ingest", export, "--library", library, "--json", command=command)
    assert done.json["images"] == images
    return export, library


def covered(library: Path, *, tiles: str = "", **settings: str) -> int:
    with Library.open(library, settings=load_settings(**settings)) as opened:
        space = opened.tiled(tiles) if tiles else opened
        return images_with_vectors(space.catalog.engine, space.fingerprint)


def assert_sound(library: Path, *, tiles: str = "", **settings: str) -> None:
    with Library.open(library, settings=load_settings(**settings)) as opened:
        space = opened.tiled(tiles) if tiles else opened
        assert check_library(space, lambda _done, _total: None) == []


def kill(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.slow
def test_from_ingest_to_another_default(tmp_path: Path, command: Command) -> None:
    export, library = ingested(tmp_path, 6)
    at = ("--library", library)
    refused = radalike("default-encoder", OTHER, *at, command=command)
    assert refused.code == 2
    assert f"6 of 6 images have no vector of {OTHER} yet" in refused.err
    assert f"`radalike encode --encoder {OTHER} --make-default`" in refused.err

    (export / "00003.png").unlink()
    partly = radalike("encode", "--encoder", OTHER, "--strict", "--json", *at, command=command)
    assert partly.code == 1
    assert (partly.json["encoded"], partly.json["missing_by_reason"]) == (5, {"NotFound": 1})
    refused = radalike(
        "encode", "--encoder", OTHER, "--make-default", *at, "--json", command=command
    )
    assert refused.code == 2
    assert refused.json["error"].startswith("1 of 6 images")
    assert tomllib.loads((library / "library.toml").read_text())["default_encoder"] != OTHER

    write_pngs(export, 4)
    whole = radalike("encode", "--encoder", OTHER, "--make-default", *at, command=command)
    assert whole.code == 0, whole.err
    assert f"6 images for {OTHER}: 5 had their vectors, 1 encoded, 0 missing" in whole.out
    assert f"{OTHER} is the library's default encoder now." in whole.out
    status = radalike("status", "--json", *at, command=command).json
    assert [(each["id"], each["default"], each["covered"]) for each in status["encoders"]] == [
        (OTHER, True, 6),
        ("efficientnet-lite0", False, 6),
    ]
    assert status["indexed"] == 6  # of the new default
    back = radalike("default-encoder", "efficientnet-lite0", *at, "--json", command=command)
    assert back.json == {"default": "efficientnet-lite0"}


def test_tiles(tmp_path: Path, command: Command) -> None:
    _, library = ingested(tmp_path, 4)
    done = radalike("encode", "--tiles", "2x2", "--library", library, "--json", command=command)
    assert done.code == 0, done.err
    assert (done.json["tiles"], done.json["encoded"], done.json["indexed"]) == ("2x2", 4, 16)
    said = radalike("status", "--library", library, command=command).out
    assert "efficientnet-lite0, tiles 2x2: 4 of 4 images (100 %), 16 vectors" in said
    for wrong in (("--tiles", "5x5"), ("--tiles", "2x2", "--make-default")):
        refused = radalike("encode", *wrong, "--library", library, command=command)
        assert refused.code == 2
        assert "Traceback" not in refused.err


def test_wrong_requests(tmp_path: Path, command: Command) -> None:
    none = radalike("encode", "--library", tmp_path / "none", command=command)
    assert none.code == 2
    assert "there is no library" in none.err
    _, library = ingested(tmp_path, 1)
    unknown = radalike("encode", "--encoder", "clip", "--library", library, command=command)
    assert unknown.code == 2
    assert "unknown encoder" in unknown.err


def test_a_model_that_is_not_on_this_machine(tmp_path: Path) -> None:
    """The real command, which would load it; also where no original can be read, and so no picture
    would ask for the model."""
    export, library = ingested(tmp_path, 2)
    for _ in range(2):
        failed = radalike("encode", "--encoder", OTHER, "--library", library, command=REAL)
        assert failed.code == 3
        assert f"the weights of {OTHER} are not here" in failed.err
        for command in (f"encoders bundle {OTHER} -o FILE", "encoders install FILE"):
            assert command in failed.err
        rmtree(export, ignore_errors=True)
    said = radalike("status", "--library", library, "--json", command=REAL).json
    assert all(each["weights_here"] == (each["id"] != OTHER) for each in said["encoders"])


@pytest.mark.slow
@pytest.mark.parametrize("tiles", ["", "2x2"], ids=["whole", "tiles"])
def test_a_kill_at_each_stage_loses_nothing_and_repeats_nothing(
    tmp_path: Path, command: Command, tiles: str
) -> None:
    _, library = ingested(tmp_path, _IMAGES)
    space = {"rendering": "percentile"}
    where = ("encode", "--library", library, *(("--tiles", tiles) if tiles else ()))
    before = set(library.glob("embeddings/*/part-*"))
    indexes = set(library.glob("index/*"))

    def lock_is_taken() -> bool:
        return (library / "ingest.lock.holder").exists()

    def part_is_written() -> bool:
        return len(set(library.glob("embeddings/*/part-*")) - before) > len(seen)

    def part_is_committed() -> bool:
        return covered(library, tiles=tiles, **space) > kept

    def index_is_made() -> bool:
        return bool(set(library.glob("index/*")) - indexes)

    kept = 0
    for happened in (lock_is_taken, part_is_written, part_is_committed, index_is_made):
        seen = set(library.glob("embeddings/*/part-*")) - before
        (library / "ingest.lock.holder").unlink(missing_ok=True)  # the killed process's own
        process = start(*where, command=command, **_SMALL_PARTS, **space)
        wait_for(lock_is_taken, process)
        wait_for(happened, process)
        kill(process)
        assert_sound(library, tiles=tiles, **space)
        assert kept <= covered(library, tiles=tiles, **space) <= _IMAGES
        kept = covered(library, tiles=tiles, **space)
    assert kept > 0

    report = radalike(*where, "--json", command=command, **space).json
    assert (report["already"], report["encoded"]) == (kept, _IMAGES - kept)
    assert report["indexed"] == _IMAGES * (4 if tiles else 1)
    assert_sound(library, tiles=tiles, **space)
    assert_sound(library)  # and the first encoder is as it was
    with Library.open(library) as opened:
        committed = {part.name for part in opened.catalog.parts()}
    assert {path.name for path in library.glob("embeddings/*/part-*")} == committed
    again = radalike(*where, "--json", command=command, **space).json
    assert (again["already"], again["encoded"], again["parts"]) == (_IMAGES, 0, 0)


@pytest.mark.slow
def test_ctrl_c_commits_what_was_encoded(tmp_path: Path, command: Command) -> None:
    _, library = ingested(tmp_path, _IMAGES)
    space = {"rendering": "percentile"}
    where = ("encode", "--library", library)
    process = start(*where, command=command, **_SMALL_PARTS, **space)
    wait_for((library / "ingest.lock.holder").exists, process)
    wait_for(lambda: covered(library, **space) > 0, process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the decoding processes as well
    done = finished(process)
    assert done.code == 130, done.err
    assert "Traceback" not in done.err
    assert "Finishing the part; press Ctrl-C again to stop at once." in done.err
    assert "run the same command again and it goes on from here" in done.out
    kept = covered(library, **space)
    assert 0 < kept < _IMAGES
    assert f" {kept:,} encoded, 0 missing" in done.out
    assert_sound(library, **space)
    report = radalike(*where, "--json", command=command, **space).json
    assert (report["already"], report["encoded"]) == (kept, _IMAGES - kept)
