"""Embeddings into a library: what is there afterwards, and that it is there once."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import numpy as np
import pytest

from ingest.embedding_files.imported_encoder import imported_spec
from ingest.encoding.run import encode
from radalike.encoders.catalogue import DEFAULT_ENCODER
from radalike.encoders.spec import fingerprint
from radalike.errors import DuplicateName, InvalidManifest, LibraryBusy, UsageError
from radalike.filters import eq
from radalike.library import Library
from radalike.library.layout import open_layout
from radalike.library.write_lock import write_lock
from radalike.records import unknown_content
from tests.ingest.conftest import OpenLibrary
from tests.ingest.embedding_files.published import (
    adds_up,
    bring_in,
    publish,
    settings_of,
    table,
    vectors_of,
    write_table,
    write_vectors,
)
from tests.ingest.files import write_png
from tests.ingest.runs import assert_sound, ingest_manifest, rejected


def _opened(path: Path, **named: str) -> Library:
    return Library.open(settings=settings_of(path, **named))


def test_a_library_is_made_of_vectors_and_rows_alone(tmp_path: Path) -> None:
    vectors, manifest = publish(tmp_path, 12)
    report = bring_in(tmp_path / "library", vectors, manifest)
    assert adds_up(report)
    assert (report.rows, report.added, report.parts, report.default) == (12, 12, 1, True)
    with _opened(tmp_path / "library") as library:
        assert library.encoder_id == "imported:biomedclip"
        assert library.fingerprint == report.fingerprint
        assert_sound(library)
        [chunk] = library.embeddings()
        expected = vectors_of(table(12))
        for image, vector in zip(chunk.ids, chunk.vectors, strict=True):
            record = library.get(image)
            assert vector.tobytes() == expected[str(record.filepath)].tobytes()
            assert record.content == unknown_content(image)
            assert (record.thumbnail, record.duplicate_of) == (False, None)
            assert library.thumbnail(record) is None
        assert library.status().by_anatomy == {"chest": 8, "thyroid": 4}


def test_running_it_again_adds_nothing(tmp_path: Path) -> None:
    files = publish(tmp_path, 12)
    bring_in(tmp_path / "library", *files)
    again = bring_in(tmp_path / "library", *files)
    assert adds_up(again)
    assert (again.added, again.known, again.parts, again.default) == (0, 12, 0, False)


def test_several_data_sets_are_imported_together_or_one_after_the_other(tmp_path: Path) -> None:
    one, two = table(6), table(6, dataset="nih14", first=100)
    files = [
        write_vectors(tmp_path / f"{name}.h5", vectors_of(rows))
        for name, rows in (("one", one), ("two", two))
    ]
    manifests = [
        write_table(tmp_path / f"{name}.csv", rows) for name, rows in (("one", one), ("two", two))
    ]
    together = bring_in(tmp_path / "together", files, manifests)
    assert together.added == 12
    for file, manifest in zip(files, manifests, strict=True):
        bring_in(tmp_path / "apart", file, manifest)
    with _opened(tmp_path / "together") as first, _opened(tmp_path / "apart") as second:
        assert first.fingerprint == second.fingerprint
        assert sorted(first.metadata()) == sorted(second.metadata())


def test_parts_are_as_long_as_the_setting_says(tmp_path: Path) -> None:
    report = bring_in(tmp_path / "library", *publish(tmp_path, 11), part_rows=4)
    assert report.parts == 3
    with _opened(tmp_path / "library") as library:
        assert [part.rows for part in library.catalog.parts()] == [4, 4, 3]
        assert_sound(library)


def test_images_that_were_ingested_get_the_vector_and_stay_one(
    tmp_path: Path, open_library: OpenLibrary
) -> None:
    library = open_library()
    vectors, manifest = publish(tmp_path / "set", 6)
    for number, row in enumerate(table(6)[:4]):
        write_png(tmp_path / "images" / row["filepath"], number)
    names = (row["filepath"] for row in table(4))
    ingest_manifest(
        library, tmp_path / "images", [f"{n},radimagenet,train,CT,chest" for n in names]
    )
    report = bring_in(tmp_path / "library", vectors, manifest)
    assert adds_up(report)
    assert (report.joined, report.added, report.parts, report.default) == (4, 2, 2, False)
    assert library.status().images == 6
    assert bring_in(tmp_path / "library", vectors, manifest).known == 6


def test_an_ingest_of_the_same_rows_doubles_nothing(
    tmp_path: Path, open_library: OpenLibrary
) -> None:
    vectors, manifest = publish(tmp_path, 4)
    bring_in(tmp_path / "library", vectors, manifest)
    library = open_library()
    imported = library.metadata()
    for number, row in enumerate(table(5)):
        write_png(tmp_path / "images" / row["filepath"], number)
    lines = write_table(tmp_path / "five.csv", table(5)).read_text().splitlines()
    header, rows = lines[0], lines[1:]
    columns = header.split(",")[5:]
    report = ingest_manifest(library, tmp_path / "images", rows, labels=",".join(columns))
    assert (report.added, report.rejected) == (1, 4)
    assert rejected(library) == {"IdentityConflict": 4}
    both = library.metadata()
    assert len(both) == 5
    # The row of the fifth, by an ingest, is as an import would have had it.
    bring_in(tmp_path / "other", *publish(tmp_path / "more", 5))
    with _opened(tmp_path / "other") as other:
        assert sorted(other.metadata()) == sorted(both)
    assert {image: both[image] for image in imported} == imported


def test_an_ingested_and_an_imported_row_have_the_same_metadata(
    tmp_path: Path, open_library: OpenLibrary
) -> None:
    """In one library, where pseudonyms are the same."""
    library = open_library()
    rows = table(6)
    for number, row in enumerate(rows[:3]):
        write_png(tmp_path / "images" / row["filepath"], number)
    path = write_table(tmp_path / "half.csv", rows[:3])
    header, *lines = path.read_text().splitlines()
    ingest_manifest(library, tmp_path / "images", lines, labels=",".join(header.split(",")[5:]))
    before = library.metadata()
    bring_in(tmp_path / "library", *publish(tmp_path / "set", 6))
    after = library.metadata()
    assert {image: after[image] for image in before} == before
    patients = [after[image].patient for image in after]
    assert patients[2] == patients[3]  # the third image was ingested, the fourth imported
    assert "P1" not in patients


def test_the_vectors_of_one_name_are_of_one_kind(tmp_path: Path) -> None:
    vectors, manifest = publish(tmp_path, 6)
    bring_in(tmp_path / "library", vectors, manifest)
    with pytest.raises(DuplicateName, match="imported:biomedclip"):
        bring_in(tmp_path / "library", vectors, manifest, description="by our own scripts")
    more = bring_in(tmp_path / "library", vectors, manifest, name="imported:ours")
    assert (more.encoder, more.joined) == ("imported:ours", 6)
    with _opened(tmp_path / "library", encoder="imported:ours") as library:
        assert len(library.coverage()) == 2
        assert library.encoder_id == "imported:ours"


def test_fingerprints_say_name_length_and_description() -> None:
    plain = fingerprint(imported_spec("biomedclip", 512))
    assert fingerprint(imported_spec("imported:biomedclip", 512)) == plain
    others = [("clip", 512, ""), ("biomedclip", 256, ""), ("biomedclip", 512, "float16")]
    assert len({plain, *(fingerprint(imported_spec(*each)) for each in others)}) == 4
    known, unknown = imported_spec("biomedclip", 512), imported_spec("nobodys", 512)
    assert "2303.00915" in known.citation
    assert (unknown.citation, unknown.source) == ("", "imported embeddings")


@pytest.mark.parametrize("name", ["", "a b", "../x", "imported:", "x" * 80, "a:b"])
def test_a_name_that_none_can_have(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be named"):
        bring_in(tmp_path / "library", *publish(tmp_path), name=name)


def test_a_query_needs_no_model_and_an_image_is_refused_with_the_way_out(tmp_path: Path) -> None:
    bring_in(tmp_path / "library", *publish(tmp_path, 12))
    with _opened(tmp_path / "library") as library:
        image = next(iter(library.metadata()))
        hits = library.search(image, limit=3, condition=eq("split", "train")).hits
        own = library.get(image).metadata.labels
        assert [tuple(hit.payload["labels"]) for hit in hits[:1]] == [own]
        with pytest.raises(UsageError, match="were imported") as raised:
            library.search(write_png(tmp_path / "q.png", 1))
        assert "search by an image of the library" in raised.value.hint
        with pytest.raises(UsageError, match="were imported"):
            library.add([])


def test_a_patient_of_imported_images_can_be_erased(tmp_path: Path) -> None:
    bring_in(tmp_path / "library", *publish(tmp_path, 12))
    with _opened(tmp_path / "library") as library:
        patient = next(iter(library.metadata().values())).patient
        library.erase_patient(str(patient))
        assert patient not in {known.patient for known in library.metadata().values()}
        assert len(library.metadata()) == 10
        assert_sound(library)


def test_the_imported_encoder_is_found_by_its_name(tmp_path: Path) -> None:
    bring_in(tmp_path / "library", *publish(tmp_path, 12))
    with _opened(tmp_path / "library") as library:
        [coverage] = library.coverage()
        assert (coverage.id, coverage.share, coverage.default) == ("imported:biomedclip", 1.0, True)
        assert sum(len(chunk.ids) for chunk in library.embeddings(encoder=coverage.id)) == 12
        assert library.using(coverage.id).fingerprint == library.fingerprint


def test_originals_give_imported_images_vectors_of_our_own(
    tmp_path: Path, open_library: OpenLibrary
) -> None:
    """Nobody has seen the pixels before, so the file of that name is taken for the image."""
    bring_in(tmp_path / "library", *publish(tmp_path, 4))
    for number, row in enumerate(table(3)):
        write_png(tmp_path / "images" / row["filepath"], number)
    library = open_library()
    for target in (library, library.tiled("2x2")):
        report = encode(target, roots=[tmp_path / "images"])
        assert (report.encoded, report.changed, report.missing) == (3, 0, 1)
    with _opened(tmp_path / "library") as imported:
        assert {each.id: each.share for each in imported.coverage()} == {
            "imported:biomedclip": 1.0,
            library.encoder_id: 0.75,
        }


def test_files_that_do_not_belong_together_are_refused_with_the_counts(tmp_path: Path) -> None:
    vectors, manifest = publish(tmp_path, 6)
    bring_in(tmp_path / "library", vectors, manifest)
    _, other = publish(tmp_path, 4, name="b", first=100)
    for allow_missing in (False, True):
        report = bring_in(tmp_path / "library", vectors, other, allow_missing=allow_missing)
        assert report.refused
        assert adds_up(report)
        assert report.problems == {"NoRow": 6, "NoVector": 4}
        assert "belong together" in report.sentences()[-1]


def test_an_empty_manifest_is_an_error(tmp_path: Path) -> None:
    vectors, manifest = publish(tmp_path)
    manifest.write_text(manifest.read_text().splitlines()[0] + "\n")
    with pytest.raises(InvalidManifest, match="no rows"):
        bring_in(tmp_path / "library", vectors, manifest)
    assert not (tmp_path / "library").exists()


def test_a_library_that_is_written_to_is_left_alone(tmp_path: Path) -> None:
    files = publish(tmp_path, 6)
    bring_in(tmp_path / "library", *files, name="other")
    with (
        _opened(tmp_path / "library") as library,
        write_lock(library.layout, way_out="wait"),
        pytest.raises(LibraryBusy),
    ):
        bring_in(tmp_path / "library", *files)


def test_interrupted_it_goes_on_from_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.embedding_files.importing._BATCH", 4)
    files = publish(tmp_path, 12)
    stop = Event()

    def progress(stage: str, done: int, _total: int | None) -> None:
        if (stage, done) == ("rows imported", 4):
            stop.set()

    report = bring_in(tmp_path / "library", *files, stop=stop, progress=progress)
    assert adds_up(report)
    assert report.interrupted
    assert 0 < report.added < 12
    assert open_layout(tmp_path / "library")[1] == DEFAULT_ENCODER
    rest = bring_in(tmp_path / "library", *files)
    assert (rest.known, rest.added) == (report.added, 12 - report.added)
    assert rest.default


def test_interrupted_before_it_writes_it_leaves_nothing(tmp_path: Path) -> None:
    stop = Event()
    stop.set()
    report = bring_in(tmp_path / "library", *publish(tmp_path), stop=stop)
    assert (report.interrupted, report.added) == (True, 0)
    assert not (tmp_path / "library").exists()


def test_the_values_are_the_files_own(tmp_path: Path) -> None:
    """Of vectors that float32 arithmetic has made of unit length, not one is changed."""
    rows = table(40)
    random = np.random.default_rng(1).normal(size=(40, 1280)).astype(np.float32)
    unit = random / np.linalg.norm(random, axis=1, keepdims=True)
    given = dict(zip((row["filepath"] for row in rows), unit, strict=True))
    files = write_vectors(tmp_path / "a.h5", given), write_table(tmp_path / "a.csv", rows)
    assert bring_in(tmp_path / "library", *files).renormalised == 0
    with _opened(tmp_path / "library") as library:
        [chunk] = library.embeddings()
        assert chunk.vectors.tobytes() == unit.tobytes()
