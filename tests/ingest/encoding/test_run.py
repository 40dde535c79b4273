"""A second encoder for all that is catalogued, from the originals."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path
from shutil import copytree, rmtree
from threading import Event

import numpy as np
import pytest
import torch
from sqlalchemy import update

from ingest.pipeline import ingest
from ingest.sources.archive import ArchiveSource
from radalike.catalog.schema import images
from radalike.encoders.base import Encoder
from radalike.errors import DeviceUnavailable, LibraryBusy
from radalike.library import Library
from radalike.library.write_lock import write_lock
from radalike.library.writing.additions import ImageInput
from radalike.records import Metadata
from tests.ingest.archives import write_zip
from tests.ingest.conftest import OpenLibrary
from tests.ingest.encoding.runs import assert_same_vectors, by_name, encoded, vectors
from tests.ingest.files import picture, write_dicom, write_png, write_pngs
from tests.ingest.runs import assert_sound, ingest_folder, ingest_manifest
from tests.ingest.small_encoder import CELLS, CELLS_BUT_WHITE
from tests.radalike.library.two_encoders import BANDS

FRAMES = 5


def export(root: Path) -> Path:
    """Twelve images of every kind of file, two of them the same: rasters, DICOM with one frame and
    with several, members of an archive."""
    write_pngs(root, 3)
    write_png(root / "copies" / "again.png", 1)
    write_dicom(root / "ct" / "slice.dcm", 50)
    write_dicom(root / "us" / "loop.dcm", np.stack([picture(60 + n) for n in range(FRAMES)]))
    loose = [write_png(root.parent / "loose" / f"{seed}.png", seed) for seed in (70, 71)]
    write_zip(root / "more.zip", {f"a/{path.name}": path.read_bytes() for path in loose})
    return root


IMAGES, CONTENTS = 12, 11


@pytest.fixture
def filled(open_library: OpenLibrary, tmp_path: Path) -> Path:
    """The export that the library `library` has with the first encoder."""
    root = export(tmp_path / "export")
    with open_library() as library:
        assert ingest_folder(library, root).images == IMAGES
    return root


@pytest.fixture
def second(filled: Path, open_library: OpenLibrary) -> Library:
    """That library, opened with the second encoder."""
    return open_library(spec=BANDS)


def test_every_image_gets_the_vector_it_would_have_been_ingested_with(
    second: Library, filled: Path, open_library: OpenLibrary
) -> None:
    report = encoded(second)
    assert (report.already, report.encoded, report.computed) == (0, IMAGES, CONTENTS)
    assert (report.precision, report.device, report.interrupted) == ("float32", "cpu", False)
    assert (report.encoder, report.fingerprint) == ("bands", second.fingerprint)
    assert report.is_whole
    assert_sound(second)
    other = open_library("other", spec=BANDS)
    ingest_folder(other, filled)
    assert_same_vectors(second, other)


def test_the_first_encoder_keeps_its_own(
    filled: Path, open_library: OpenLibrary, second: Library
) -> None:
    first = open_library()
    before = vectors(first)
    encoded(second)
    after = vectors(first)
    assert before.keys() == after.keys() == vectors(second).keys()
    assert all(np.array_equal(before[image], after[image]) for image in before)
    image = next(iter(before))
    for library in (first, second):
        assert len(library.similar_to(image, limit=99).hits) == IMAGES - 1


def test_again_it_changes_nothing_and_needs_no_model(
    second: Library, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded(second)
    rmtree(filled)

    def loaded(_library: Library, precision: str = "") -> None:
        raise AssertionError("a model was loaded")

    monkeypatch.setattr(Library, "load_encoder", loaded)
    report = encoded(second)
    assert (report.already, report.encoded, report.parts) == (IMAGES, 0, 0)
    assert report.is_whole


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_a_device_that_is_not_there_is_told_also_with_nothing_to_do(
    filled: Path, open_library: OpenLibrary
) -> None:
    library = open_library(device="cuda")
    with pytest.raises(DeviceUnavailable, match="cuda"):
        encoded(library)
    with pytest.raises(DeviceUnavailable, match="cuda"):
        ingest_folder(library, filled)


def test_what_came_since_is_added(second: Library, filled: Path, open_library: OpenLibrary) -> None:
    encoded(second)
    write_png(filled / "new.png", 80)
    copy = write_png(filled / "copy of 2.png", 2)
    ingest_folder(open_library(), filled)
    copy.unlink()  # what has a vector of equal pixels needs no original
    report = encoded(second)
    assert (report.already, report.encoded, report.computed) == (IMAGES, 2, 1)
    assert report.is_whole


def test_parts_are_as_large_as_the_setting_says(filled: Path, open_library: OpenLibrary) -> None:
    library = open_library(spec=BANDS, part_rows=5)
    report = encoded(library)
    rows = [part.rows for part in library.catalog.parts(library.fingerprint)]
    assert report.parts == len(rows) > 1
    assert sum(rows) == IMAGES
    assert report.computed == CONTENTS  # however many parts they are in


def test_it_stops_when_it_is_told_and_goes_on_from_there(
    filled: Path, open_library: OpenLibrary
) -> None:
    write_pngs(filled, 40, first_seed=200)
    ingest_folder(open_library(), filled)
    library, stop = open_library(spec=BANDS, part_rows=4), Event()

    def stop_soon(done: int, total: int) -> None:
        assert 0 <= done <= total == IMAGES + 40
        if done >= 8:
            stop.set()

    first = encoded(library, stop=stop, progress=stop_soon)
    assert first.interrupted
    assert 0 < first.encoded < first.images
    assert first.left > 0
    assert "run the same command again" in first.sentences()[-1]
    rest = encoded(library)
    assert (rest.already, rest.encoded) == (first.encoded, first.left)
    assert rest.is_whole


def test_one_writer_at_a_time(second: Library) -> None:
    with (
        write_lock(second.layout, way_out=""),
        pytest.raises(LibraryBusy, match="another process is writing"),
    ):
        encoded(second)
    assert vectors(second) == {}


def test_what_a_killed_run_left_is_swept(second: Library) -> None:
    folder = second.layout.embeddings(second.fingerprint)
    folder.mkdir(parents=True)
    for name in ("part-0.parquet", "part-1.parquet.tmp"):
        (folder / name).write_bytes(b"half")
    encoded(second)
    names = {part.name for part in second.catalog.parts(second.fingerprint)}
    assert {path.name for path in folder.iterdir()} == names


def test_another_rendering_is_another_encoder_and_no_change_of_the_file(
    filled: Path, open_library: OpenLibrary
) -> None:
    """The catalogued content is of another rendering; it is the same file all the same."""
    percentile = replace(CELLS, rendering="percentile")
    library = open_library(spec=percentile)
    report = encoded(library)
    assert (report.encoded, report.changed) == (IMAGES, 0)
    other = open_library("other", spec=percentile)
    ingest_folder(other, filled)
    assert_same_vectors(library, other)
    back = open_library(spec=BANDS)  # and the library holds two renderings now
    assert encoded(back).encoded == IMAGES
    third = open_library("third", spec=BANDS)
    ingest_folder(third, filled)
    assert_same_vectors(back, third)


# -- what cannot be encoded ----------------------------------------------------------------------


def test_a_file_with_other_pixels_is_left_out(second: Library, filled: Path) -> None:
    write_png(filled / "00000.png", 99)
    write_dicom(filled / "ct" / "slice.dcm", 98)
    # Shorter than it was: the frames that are left are still the same.
    loop = np.stack([picture(60 + n) for n in range(FRAMES - 2)])
    write_dicom(filled / "us" / "loop.dcm", loop)
    report = encoded(second)
    assert (report.changed, report.encoded) == (4, IMAGES - 4)
    assert not report.is_whole
    assert "Changed: 4 whose file" in " ".join(report.sentences())
    write_png(filled / "00000.png", 0)
    assert encoded(second).changed == 3


def test_a_file_that_is_broken_now_is_rejected_by_its_code(second: Library, filled: Path) -> None:
    whole = (filled / "00000.png").read_bytes()
    (filled / "00000.png").write_bytes(whole[: len(whole) // 2])
    (filled / "00002.png").write_bytes(b"")
    report = encoded(second)
    assert report.rejects == {"Truncated": 1, "Empty": 1}
    assert report.encoded == IMAGES - 2


def test_a_vector_that_is_none_is_rejected(open_library: OpenLibrary, tmp_path: Path) -> None:
    root = tmp_path / "export"
    write_pngs(root, 3)
    white = np.full((1, 64, 64), 255, dtype=np.uint8)
    write_dicom(root / "white.dcm", white)
    ingest_folder(open_library(), root)
    library = open_library(spec=CELLS_BUT_WHITE)
    report = encoded(library)
    assert (report.rejects, report.encoded) == ({"InvalidVector": 1}, 3)


def test_what_has_been_moved_is_found_below_a_root(
    second: Library, filled: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "elsewhere" / "2024"
    copytree(filled, moved)
    rmtree(filled)
    report = encoded(second)
    assert report.missing_by_reason == {"NotFound": IMAGES}
    assert "--root DIR" in " ".join(report.sentences())
    report = encoded(second, tmp_path / "nowhere", moved)
    assert (report.encoded, report.missing) == (IMAGES, 0)


def test_of_a_root_only_the_same_picture_is_taken(
    second: Library, filled: Path, tmp_path: Path
) -> None:
    """Another file of the same name proves nothing."""
    (filled / "00000.png").unlink()
    write_png(tmp_path / "elsewhere" / "00000.png", 99)
    report = encoded(second, tmp_path / "elsewhere")
    assert (report.changed, report.encoded) == (1, IMAGES - 1)


def test_what_is_gone_from_an_archive(second: Library, filled: Path) -> None:
    archive = filled / "more.zip"
    write_zip(archive, {"a/70.png": (filled.parent / "loose" / "70.png").read_bytes()})
    report = encoded(second)
    assert report.missing_by_reason == {"NotInArchive": 1}
    assert report.encoded == IMAGES - 1
    archive.write_bytes(b"no archive any more")
    assert encoded(second).missing_by_reason == {"NotFound": 1}


def test_members_of_one_name_and_odd_names_are_told_apart(
    open_library: OpenLibrary, tmp_path: Path
) -> None:
    pictures = [write_png(tmp_path / f"{seed}.png", seed).read_bytes() for seed in range(3)]
    archive = tmp_path / "a%b!c.zip"
    with pytest.warns(UserWarning, match="Duplicate name"):
        write_twice(archive, pictures)
    first = open_library()
    ingest(first, [ArchiveSource(archive, "local")])
    second = open_library(spec=BANDS)
    assert encoded(second).encoded == 3
    other = open_library("other", spec=BANDS)
    ingest(other, [ArchiveSource(archive, "local")])
    assert_same_vectors(second, other)


def write_twice(archive: Path, pictures: list[bytes]) -> None:
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("x!y.png", pictures[0])
        opened.writestr("same.png", pictures[1])
        opened.writestr("same.png", pictures[2])


def test_a_manifest_s_images_are_found_below_their_root(
    open_library: OpenLibrary, tmp_path: Path
) -> None:
    roots = [tmp_path / "one", tmp_path / "two"]
    for number, root in enumerate(roots):
        write_pngs(root, 2, first_seed=10 * number)
        names = [f"{path.name},set{number},train,CT,chest" for path in sorted(root.iterdir())]
        ingest_manifest(open_library(), root, names)
    library = open_library(spec=BANDS)
    assert encoded(library).missing_by_reason == {"NoRoot": 4}
    report = encoded(library, roots[0])
    assert (report.encoded, report.missing_by_reason) == (2, {"NotFound": 2})
    report = encoded(library, *roots)
    assert (report.already, report.encoded) == (2, 2)
    names = {name for name, _ in by_name(library)}
    assert names == {"00000.png", "00001.png", "00010.png", "00011.png"}


def test_a_public_name_never_leads_out_of_its_root(
    open_library: OpenLibrary, tmp_path: Path
) -> None:
    secret, root = write_png(tmp_path / "secret.png", 1), tmp_path / "root"
    root.mkdir()
    library = open_library()
    for name in ("../secret.png", str(secret)):
        library.add([ImageInput(name, picture(1), Metadata(dataset="d"))])
    report = encoded(open_library(spec=BANDS), root)
    assert report.missing_by_reason == {"NotFound": 2}


@pytest.mark.parametrize(
    ("locator", "reason"),
    [
        ("spool:0123", "NotKept"),
        ("dicomweb:https://pacs/studies/1/series/2/instances/3", "OnServer"),
        (None, "Unnamed"),
    ],
)
def test_what_came_over_the_network_is_missing(
    open_library: OpenLibrary, tmp_path: Path, locator: str | None, reason: str
) -> None:
    write_png(tmp_path / "x" / "a.png", 1)
    library = open_library()
    ingest_folder(library, tmp_path / "x")
    sealed = None if locator is None else library.privacy.seal(locator)
    with library.catalog.engine.begin() as connection:
        connection.execute(update(images).values(locator=sealed))
    report = encoded(open_library(spec=BANDS))
    assert report.missing_by_reason == {reason: 1}
    assert report.encoded == 0


def test_no_path_is_in_the_report(second: Library, filled: Path) -> None:
    (filled / "00000.png").unlink()
    (filled / "more.zip").unlink()
    write_png(filled / "00001.png", 99)
    report = encoded(second)
    said = f"{report.as_json()}{report.sentences()}"
    assert str(filled) not in said
    assert "00000" not in said
    assert "more" not in said.replace("any more", "")


def test_the_default_encoder_gives_what_it_gives_alone(
    filled: Path, open_library: OpenLibrary, encoder: Encoder
) -> None:
    library = open_library(spec=encoder.spec)
    assert encoded(library).encoded == IMAGES
    found = by_name(library)
    for number in range(FRAMES):
        (expected,) = encoder.encode([picture(60 + number)])
        place = f"file:{filled / 'us' / 'loop.dcm'}"
        np.testing.assert_allclose(found[place, number], expected, atol=1e-4)
    assert {each.id: each.covered for each in library.coverage()} == {
        "cells": IMAGES,
        encoder.spec.id: IMAGES,
    }
