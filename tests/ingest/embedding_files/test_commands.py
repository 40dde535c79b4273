"""The two commands as processes of their own."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import h5py
import pytest

from radalike.library import Library
from tests.ingest.command_line import LIGHT, radalike, start, wait_for
from tests.ingest.embedding_files.published import publish, settings_of, vector
from tests.ingest.runs import assert_sound, images_in

_EXACT = {"backend": "exact"}


@pytest.mark.slow
def test_the_way_there_and_back(tmp_path: Path) -> None:
    vectors, manifest = publish(tmp_path, 24)
    library = ("--library", tmp_path / "library")
    brought = radalike(
        *("import-embeddings", vectors, "--manifest", manifest, "--encoder", "biomedclip"),
        *(*library, "--json"),
    )
    assert brought.code == 0, brought.err
    assert (brought.json["added"], brought.json["indexed"]) == (24, 24)
    scored = radalike("eval", "retrieval", *library, "--json")
    assert scored.code == 0, scored.err
    assert "imported:biomedclip" in scored.out
    assert radalike("status", *library, "--json").json["images"] == 24
    assert radalike("index", "build", "--full", *library).code == 0
    assert radalike("index", "check", *library, "--json").json["ok"]
    written = radalike(
        *("export-embeddings", "-o", tmp_path / "o.h5", "--manifest", tmp_path / "o.csv"),
        *("--where", "split=train", *library, "--json"),
    )
    assert (written.code, written.json["exported"]) == (0, 8)
    with Library.open(settings=settings_of(tmp_path / "library")) as opened:
        image = next(iter(opened.metadata()))
    found = radalike("search", image, "-n", "3", *library, "--json")
    assert found.code == 0, found.err
    assert len(found.json["hits"]) == 3


def test_a_shell_that_spreads_the_manifests_is_understood(tmp_path: Path) -> None:
    one = publish(tmp_path, 4, name="one", dataset="one")
    two = publish(tmp_path, 4, name="two", dataset="two", first=50)
    done = radalike(
        *("import-embeddings", one[0], two[0], "--manifest", one[1], two[1]),
        *("--encoder", "clip", "--library", tmp_path / "library"),
        **_EXACT,
    )
    assert done.code == 0, done.err
    assert "8 images added" in done.out


def test_what_is_not_whole_is_exit_code_1_and_names(tmp_path: Path) -> None:
    vectors, manifest = publish(tmp_path, 6)
    with h5py.File(vectors, "a") as file:
        del file["CT/chest/nodule/00003.png"]
        file["unlisted.png"] = vector(9)
    arguments = ("import-embeddings", vectors, manifest, "--encoder", "clip")
    library = ("--library", tmp_path / "library")
    refused = radalike(*arguments, *library, **_EXACT)
    assert refused.code == 1
    assert "1 rows of a manifest without a vector: CT/chest/nodule/00003.png" in refused.out
    assert "1 vectors without a row in a manifest: unlisted.png" in refused.out
    assert not (tmp_path / "library").exists()
    allowed = radalike(*arguments, *library, "--allow-missing", "--json", **_EXACT)
    assert (allowed.code, allowed.json["added"], allowed.json["left_out"]) == (0, 5, 1)
    assert Path(allowed.json["listing"]).read_text().count("\n") == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("a.h5", "--encoder", "x"), "a manifest is missing"),
        (("a.csv", "--encoder", "x"), "a file of vectors is missing"),
        (("a.csv", "no.h5", "--encoder", "x"), "cannot be read"),
        (("a.csv", "a.csv.h5", "--encoder", "x"), "no HDF5 file"),
        (("no.csv", "a.h5", "--encoder", "x"), "cannot be read"),
        (("a.csv", "a.h5", "--encoder", "a/b"), "cannot be named"),
        (("a.csv", "a.h5"), "--encoder"),
    ],
)
def test_a_wrong_request_is_exit_code_2(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    publish(tmp_path, 3)
    (tmp_path / "a.csv.h5").write_text("filepath\n")
    given = [tmp_path / each if "." in each else each for each in arguments]
    done = radalike("import-embeddings", *given, "--library", tmp_path / "library", **_EXACT)
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "library").exists()


@pytest.mark.slow
def test_a_kill_at_any_stage_loses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    images, library = 1500, tmp_path / "library"
    vectors, manifest = publish(tmp_path, images)
    arguments = ("import-embeddings", vectors, "--manifest", manifest, "--encoder", "clip")

    def parts() -> int:
        return len(list(library.glob("embeddings/*/part-*")))

    def committed() -> int:
        catalog = library / "catalog.sqlite"
        return images_in(f"sqlite:///{catalog}") if catalog.exists() else 0

    there = 0
    for more in (1, 2, 5):
        (library / "ingest.lock.holder").unlink(missing_ok=True)
        process = start(*arguments, "--library", library, part_rows=10, **_EXACT)
        wait_for(_reached(parts, there + more), process)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert there * 10 <= committed() < images
        there = parts()
    done = radalike(*arguments, "--library", library, "--json", command=LIGHT, **_EXACT)
    assert done.code == 0, done.err
    assert done.json["known"] > 0
    assert done.json["known"] + done.json["added"] == images
    with Library.open(settings=settings_of(library)) as opened:
        assert_sound(opened)
        assert opened.status().images == images
        names = {part.name for part in opened.catalog.parts()}
    assert {path.name for path in library.glob("embeddings/*/part-*")} == names
    assert not list(library.rglob("*.tmp"))


def _reached(count: Callable[[], int], wanted: int) -> Callable[[], bool]:
    return lambda: count() >= wanted
