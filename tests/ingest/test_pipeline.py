from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from threading import Event
from threading import enumerate as enumerate_threads

import numpy as np
import pytest
from PIL import Image

from ingest.pipeline import Progress, ingest
from ingest.sources.source import Source, SourceItem
from radalike.errors import LibraryBusy, RejectCode, UsageError
from radalike.library import Library
from radalike.locks import Lock
from tests.ingest.archives import write_zip
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
from tests.ingest.small_encoder import CELLS_BUT_WHITE

ALL = "ds,train,CT,chest"


def test_every_file_ends_as_one_thing(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "export"
    write_pngs(root / "pictures", 3)
    write_dicom(root / "DICOM" / "IM1", 10)
    write_dicom(root / "DICOM" / "IM2", np.stack([picture(seed, 32) for seed in range(40)]))
    cut = write_dicom(root / "DICOM" / "IM3.dcm", 11)
    cut.write_bytes(cut.read_bytes()[:-1000])
    write_dicom(root / "DICOM" / "SR", 12, Modality="SR")
    broken = write_png(root / "broken.png", 13)
    broken.write_bytes(broken.read_bytes()[:60])
    (root / "empty.png").write_bytes(b"")
    (root / "text.png").write_text("no picture")
    (root / "README.txt").write_text("no picture, and not named as one")
    (root / "out.png").symlink_to("/etc/hostname")

    report = ingest_folder(library, root)

    assert adds_up(report)
    assert (report.discovered, report.added, report.skipped, report.rejected) == (12, 5, 2, 5)
    assert (report.known, report.left) == (0, 0)
    assert report.images == 4 + 16  # the many frames of one file are one item
    assert report.encoded == 20
    assert report.rejects == {
        RejectCode.TRUNCATED: 2,
        RejectCode.EMPTY: 1,
        RejectCode.NOT_AN_IMAGE: 1,
        RejectCode.PATH_ESCAPE: 1,
    }
    assert rejected(library) == report.rejects
    assert_sound(library)
    assert len(part_ids(library)) == 20


def test_the_second_run_adds_nothing_and_asks_no_decoder(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "export"
    write_pngs(root, 12)
    (root / "notes.txt").write_text("skipped")
    first = ingest_folder(library, root)
    started = time.monotonic()
    second = ingest_folder(library, root)
    assert (first.added, first.skipped) == (12, 1)
    assert (second.discovered, second.known, second.skipped, second.added) == (13, 12, 1, 0)
    assert (second.images, second.encoded, second.parts) == (0, 0, 0)
    assert adds_up(second)
    assert time.monotonic() - started < 3.0
    assert_sound(library)


def test_what_is_new_is_added_to_what_is_known(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "export"
    write_pngs(root, 3)
    ingest_folder(library, root)
    write_pngs(root / "more", 2, first_seed=100)
    report = ingest_folder(library, root)
    assert (report.known, report.added, report.encoded) == (3, 2, 2)
    assert len(part_ids(library)) == 5


def test_a_reject_is_tried_again_and_listed_once(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "export"
    path = root / "a.png"
    root.mkdir()
    path.write_text("not yet copied")
    for _ in range(2):
        assert ingest_folder(library, root).rejected == 1
        assert rejected(library) == {RejectCode.NOT_AN_IMAGE: 1}
    write_png(path, 1)
    assert ingest_folder(library, root).added == 1
    assert rejected(library) == {}


def test_the_library_is_locked_before_anything_is_read(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else an erasure could end while the model is loaded, and what it removed would come back."""
    held: list[bool] = []
    load = Library.load_encoder

    def loaded(self: Library, precision: str = "") -> object:
        held.append(Lock.is_held(self.layout.ingest_lock))
        return load(self, precision)

    monkeypatch.setattr(Library, "load_encoder", loaded)
    write_pngs(tmp_path / "export", 1)
    for _ in range(2):  # the second time, nothing is new, and nobody is kept waiting
        ingest_folder(library, tmp_path / "export")
        assert not Lock.is_held(library.layout.ingest_lock)
    assert held == [True]


def test_thumbnails_are_there_for_every_image(library: Library, tmp_path: Path) -> None:
    write_pngs(tmp_path / "export", 3)
    ingest_folder(library, tmp_path / "export")
    records = records_of(library)
    assert len(records) == 3
    for record in records:
        picture_bytes = library.thumbnail(record)
        assert picture_bytes is not None
        assert picture_bytes[:3] == b"\xff\xd8\xff"


def test_a_picture_without_a_vector_is_rejected_and_the_others_are_not(
    open_library: OpenLibrary, tmp_path: Path
) -> None:
    """A vector that is not finite is the picture's fault or the model's, not the ingest's end."""
    library = open_library(spec=CELLS_BUT_WHITE)
    root = tmp_path / "export"
    write_pngs(root, 3)
    Image.fromarray(np.full((64, 64), 255, dtype=np.uint8)).save(root / "00001-white.png")
    report = ingest_folder(library, root)
    assert (report.added, report.rejected) == (3, 1)
    assert (report.images, report.encoded) == (3, 3)
    assert report.rejects == {RejectCode.INVALID_VECTOR: 1}


class Endless(Source):
    """A source that never ends, as a network one may seem to."""

    name = "endless"

    def items(self) -> Iterator[SourceItem]:
        for number in count():
            yield SourceItem(f"file:{number}", b"no image", 8, 0, "local")


def test_a_failure_ends_the_listing_too(library: Library) -> None:
    lock = Lock.acquire(library.layout.ingest_lock)
    try:
        with pytest.raises(LibraryBusy):
            ingest(library, [Endless()])
    finally:
        lock.release()
    for thread in enumerate_threads():
        if thread.name == "lister":
            thread.join(timeout=10)
            assert not thread.is_alive()


def test_rows_of_a_manifest_that_are_wrong_do_not_keep_the_others_out(
    library: Library, tmp_path: Path
) -> None:
    root = tmp_path / "images"
    write_pngs(root, 3)
    rows = [f"{number:05}.png,{ALL},1,0" for number in range(3)]
    rows[1:1] = [f"gone.png,{ALL},1,0", f"../x.png,{ALL},0,0", "00000.png,other,train,CT,chest,1,1"]
    report = ingest_manifest(library, root, rows, "CT/chest/nodule,CT/chest/effusion")
    assert (report.discovered, report.added, report.rejected) == (6, 3, 3)
    assert adds_up(report)
    assert rejected(library) == {
        RejectCode.MISSING_FILE: 1,
        RejectCode.PATH_ESCAPE: 1,
        RejectCode.INVALID_LABELS: 1,
    }
    assert {record.filepath for record in records_of(library)} == {
        "00000.png",
        "00001.png",
        "00002.png",
    }


def test_an_empty_source_is_an_empty_report(library: Library, tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    report = ingest_folder(library, tmp_path / "export")
    assert (report.discovered, report.images, report.parts) == (0, 0, 0)


def test_a_source_that_is_missing_keeps_what_came_before_it(
    library: Library, tmp_path: Path
) -> None:
    write_pngs(tmp_path / "export", 3)
    with pytest.raises(UsageError, match="cannot be read"):
        ingest_folder(library, tmp_path / "export", tmp_path / "nothing")
    report = ingest_folder(library, tmp_path / "export")
    assert report.known + report.added == 3
    assert_sound(library)


def test_stopping_commits_what_was_encoded_and_the_next_run_goes_on(
    open_library: OpenLibrary, tmp_path: Path
) -> None:
    library = open_library(part_rows=8)
    root = tmp_path / "export"
    write_pngs(root, 300)
    stop = Event()

    def stop_midway(progress: Progress) -> None:
        if progress.committed >= 16:
            stop.set()

    first = ingest_folder(library, root, stop=stop, progress=stop_midway)
    assert first.interrupted
    assert 16 <= first.added < 300
    assert first.left > 0
    assert adds_up(first)
    assert len(part_ids(library)) == first.added
    assert any("run the same command again" in line for line in first.sentences())

    second = ingest_folder(library, root)
    assert not second.interrupted
    assert (second.known, second.added) == (first.added, 300 - first.added)
    assert len(part_ids(library)) == 300
    assert_sound(library)


def test_progress_never_goes_back_and_ends_complete(library: Library, tmp_path: Path) -> None:
    write_pngs(tmp_path / "export", 30)
    seen: list[Progress] = []
    ingest_folder(library, tmp_path / "export", progress=seen.append)
    for name in ("listed", "finished", "images", "committed"):
        values = [getattr(progress, name) for progress in seen]
        assert values == sorted(values)
    assert seen[-1] == Progress(listed=30, finished=30, images=30, committed=30, total=30)


def test_parts_have_about_the_rows_that_are_asked_for(
    open_library: OpenLibrary, tmp_path: Path
) -> None:
    library = open_library(part_rows=10, part_seconds=3600.0)
    write_pngs(tmp_path / "export", 200)
    report = ingest_folder(library, tmp_path / "export")
    rows = [part.rows for part in library.catalog.parts()]
    assert sum(rows) == 200
    assert report.parts == len(rows) >= 3
    assert max(rows) <= 10 + 2 * 64  # a part is closed between batches


def test_a_build_that_runs_elsewhere_does_not_spoil_the_ingest(
    open_library: OpenLibrary, tmp_path: Path
) -> None:
    """What is committed is searched exactly until the index is built: nothing has failed."""
    library = open_library(backend="edge")
    write_pngs(tmp_path / "export", 3)
    folder = library.layout.index(library.fingerprint)
    folder.mkdir(parents=True)
    lock = Lock.acquire(folder / "build.lock")
    try:
        report = ingest_folder(library, tmp_path / "export")
    finally:
        lock.release()
    assert (report.added, report.indexed) == (3, 0)
    assert ingest_folder(library, tmp_path / "export").indexed == 3


def test_a_refused_file_is_forgotten_with_its_patient(library: Library, tmp_path: Path) -> None:
    export = tmp_path / "export"
    write_dicom(export / "good.dcm", 1, PatientID="P1")
    for name, patient in (("DOE.dcm", "P1"), ("other.dcm", "P2")):
        cut = write_dicom(export / name, 2, PatientID=patient)
        cut.write_bytes(cut.read_bytes()[:-1000])
    write_zip(tmp_path / "export" / "x.zip", {"DOE.dcm": (export / "DOE.dcm").read_bytes()})
    (export / "broken.png").write_bytes(b"no picture")
    assert ingest_folder(library, export).rejected == 4
    report = library.erase_patient("P1")
    assert (report.images, report.rejects, report.unattributed_rejects) == (1, 2, 1)
    left = [library.privacy.unseal(each.locator or b"") for each in library.catalog.rejects()]
    assert sorted(Path(each).name for each in left) == ["broken.png", "other.dcm"]
    assert library.erase_patient("P2").rejects == 1


def test_an_archive_whose_name_does_not_say_so_is_entered(library: Library, tmp_path: Path) -> None:
    export = tmp_path / "export"
    export.mkdir()
    logo = write_png(tmp_path / "logo.png", 3).read_bytes()
    slices = {name: write_dicom(tmp_path / name, seed) for seed, name in enumerate(("IM1", "IM2"))}
    members = {name: path.read_bytes() for name, path in slices.items()}
    write_zip(export / "EXPORT", members)
    write_zip(export / "letter.docx", {"[Content_Types].xml": b"", "word/logo.png": logo})
    write_zip(export / "book", {"mimetype": b"application/epub+zip", "cover.png": logo})
    (export / "cut.1").write_bytes((export / "EXPORT").read_bytes()[:-9])
    first = ingest_folder(library, export)
    assert (first.added, first.skipped, first.rejects) == (2, 2, {RejectCode.TRUNCATED: 1})
    again = ingest_folder(library, export)
    assert (again.added, again.known, again.skipped, again.rejected) == (0, 2, 2, 1)
    assert adds_up(first)
    assert adds_up(again)
    assert_sound(library)


def test_an_archive_that_is_whole_at_last_is_rejected_no_more(
    library: Library, tmp_path: Path
) -> None:
    export = tmp_path / "export"
    export.mkdir()
    write_zip(export / "a.zip", {"a.dcm": write_dicom(tmp_path / "x", 1).read_bytes()})
    whole = (export / "a.zip").read_bytes()
    (export / "a.zip").write_bytes(whole[:-9])
    assert ingest_folder(library, export).rejected == 1
    assert len(library.catalog.rejects()) == 1
    (export / "a.zip").write_bytes(whole)
    assert ingest_folder(library, export).added == 1
    assert library.catalog.rejects() == []
