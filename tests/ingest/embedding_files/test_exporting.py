"""Export, and back: the same vectors to the bit, the same metadata, and nothing private."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.embedding_files.exporting import export_embeddings
from radalike.errors import UsageError
from radalike.filters import eq
from radalike.library import Library
from radalike.library.writing.additions import ImageInput
from radalike.records import ImageRecord, Metadata, Term, Vectors
from radalike.vocabulary import REGIONS, anatomy_term, modality_term
from tests.ingest.conftest import OpenLibrary
from tests.ingest.embedding_files.published import (
    bring_in,
    publish,
    settings_of,
    table,
    write_table,
    write_vectors,
)
from tests.ingest.embedding_files.published import vector as unit_vector
from tests.ingest.files import picture, write_dicom, write_pngs
from tests.ingest.runs import ingest_folder


def _imported(folder: Path, count: int = 12) -> Library:
    bring_in(folder / "library", *publish(folder / "set", count))
    return Library.open(settings=settings_of(folder / "library"))


def _by_name(library: Library) -> dict[str, tuple[bytes, ImageRecord]]:
    found = {}
    for chunk in library.embeddings():
        for image, vector in zip(chunk.ids, chunk.vectors, strict=True):
            record = library.get(image)
            found[str(record.filepath)] = (vector.tobytes(), record)
    return found


def test_what_is_exported_is_imported_as_it_was(tmp_path: Path) -> None:
    with _imported(tmp_path, 20) as library:
        report = export_embeddings(library, tmp_path / "o.h5", manifest=tmp_path / "o.csv")
        before = _by_name(library)
    assert (report.images, report.exported, report.named_by_id) == (20, 20, 0)
    back = bring_in(tmp_path / "back", tmp_path / "o.h5", tmp_path / "o.csv")
    assert (back.added, back.renormalised, back.problems) == (20, 0, {})
    assert back.fingerprint == report.fingerprint
    with Library.open(settings=settings_of(tmp_path / "back")) as library:
        after = _by_name(library)
    assert before.keys() == after.keys()
    for name, (vector, record) in before.items():
        assert after[name][0] == vector
        _assert_same(record, after[name][1])
    groups = [{}, {}]
    for number, images in enumerate((before, after)):
        for name, (_, record) in images.items():
            groups[number].setdefault(record.metadata.patient, set()).add(name)
    assert sorted(map(sorted, groups[0].values())) == sorted(map(sorted, groups[1].values()))


def _assert_same(one: ImageRecord, two: ImageRecord) -> None:
    """But for pseudonyms, which are each library's own."""
    assert (one.id, one.filepath) == (two.id, two.filepath)
    for name in ("dataset", "modality", "anatomy", "organ", "split", "labels"):
        assert getattr(one.metadata, name) == getattr(two.metadata, name)


_WORDS = st.sampled_from(["chest", "liver", "thyroid", "lung", "knee", "", "nowhere", *REGIONS])


@given(word=_WORDS, modality=st.sampled_from(["CT", "MRI", "US", "XR", "PT", "", "odd"]))
def test_a_region_comes_back_as_it_was(word: str, modality: str) -> None:
    from io import StringIO

    from ingest.embedding_files.manifest_writer import ManifestWriter, columns_of

    anatomy, organ = anatomy_term([(word, "manifest", 1.0)])
    known = Metadata(
        dataset="d", modality=modality_term(modality, "manifest"), anatomy=anatomy, organ=organ
    )
    record = ImageRecord(id="i", content="c", metadata=known, width=1, height=1)
    file = StringIO()
    ManifestWriter(file, columns_of([record], strict=True)).write(record, "a.png")
    row = file.getvalue().splitlines()[1].split(",")
    assert modality_term(row[3], "manifest") == known.modality
    assert anatomy_term([(row[4], "manifest", 1.0)]) == (anatomy, organ)


def test_a_condition_chooses_what_is_exported(tmp_path: Path) -> None:
    with _imported(tmp_path) as library:
        report = export_embeddings(
            library, tmp_path / "o.h5", manifest=tmp_path / "o.csv", condition=eq("split", "train")
        )
    assert report.exported == 4
    with h5py.File(tmp_path / "o.h5") as file:
        names: list[str] = []
        file.visititems(lambda name, item: names.append(name) if hasattr(item, "shape") else None)
    rows = (tmp_path / "o.csv").read_text().splitlines()
    assert sorted(row.split(",")[0] for row in rows[1:]) == sorted(names)


def test_parquet_has_a_row_for_each_image(tmp_path: Path) -> None:
    with _imported(tmp_path) as library:
        report = export_embeddings(library, tmp_path / "o.parquet")
        before = _by_name(library)
    assert report.manifest is None
    exported = pq.ParquetFile(tmp_path / "o.parquet").read()
    assert exported.column_names == [
        *("id", "filepath", "dataset", "split", "modality", "anatomy", "labels", "vector")
    ]
    for row in exported.to_pylist():
        vector, record = before[row["filepath"]]
        assert np.asarray(row["vector"], dtype=np.float32).tobytes() == vector
        assert (row["id"], row["labels"]) == (record.id, list(record.metadata.labels))
        assert row["split"] == record.metadata.split


@pytest.mark.parametrize("suffix", ["h5", "parquet"])
def test_nothing_private_leaves(tmp_path: Path, open_library: OpenLibrary, suffix: str) -> None:
    library = open_library()
    write_pngs(tmp_path / "VERY^SECRET", 2)
    write_dicom(tmp_path / "VERY^SECRET" / "a.dcm", 7, PatientID="SECRET-7", PatientName="Secret")
    ingest_folder(library, tmp_path / "VERY^SECRET")
    output, manifest = tmp_path / f"o.{suffix}", tmp_path / "o.csv"
    report = export_embeddings(library, output, manifest=manifest)
    assert (report.exported, report.named_by_id) == (3, 3)
    assert "go by their id" in " ".join(report.sentences())
    for path in (output, manifest):
        content = path.read_bytes()
        assert b"SECRET" not in content.upper()
        assert str(tmp_path).encode() not in content
    ids = {row.split(",")[0] for row in manifest.read_text().splitlines()[1:]}
    assert ids == set(library.metadata())


def test_names_that_lead_out_are_not_written(tmp_path: Path, open_library: OpenLibrary) -> None:
    library = open_library()
    known = Metadata(dataset="d", labels=("CT/chest/nodule",), anatomy=Term("chest", "manifest", 1))
    names = ("../../etc/a", "/etc/b", "fine/c.png", "./d.png")
    library.add(ImageInput(name, picture(seed), known) for seed, name in enumerate(names))
    report = export_embeddings(library, tmp_path / "o.h5", manifest=tmp_path / "o.csv")
    assert report.named_by_id == 2
    back = bring_in(tmp_path / "back", tmp_path / "o.h5", tmp_path / "o.csv")
    assert (back.added, back.problems) == (4, {})


def _two_data_sets(folder: Path) -> Library:
    for dataset in ("one", "two"):
        rows = table(3, dataset=dataset)
        files = publish(folder / dataset, 3)[0], write_table(folder / f"{dataset}.csv", rows)
        bring_in(folder / "library", *files)
    return Library.open(settings=settings_of(folder / "library"))


def test_two_images_of_one_name_are_an_error_and_no_file(tmp_path: Path) -> None:
    with _two_data_sets(tmp_path) as library:
        with pytest.raises(UsageError, match="two images go by the name") as raised:
            export_embeddings(library, tmp_path / "o.h5", manifest=tmp_path / "o.csv")
        assert "--where dataset=" in raised.value.hint
        assert not [path for path in tmp_path.iterdir() if path.name.startswith((".o", "o."))]
        one = export_embeddings(library, tmp_path / "o.h5", condition=eq("dataset", "one"))
        assert one.exported == 3
        assert export_embeddings(library, tmp_path / "o.parquet").exported == 6


def test_a_label_that_a_manifest_cannot_hold_is_an_error(
    tmp_path: Path, open_library: OpenLibrary
) -> None:
    library = open_library()
    known = Metadata(dataset="d", labels=("blob",), split="dev")
    library.add([ImageInput("a.png", picture(1), known)])
    with pytest.raises(UsageError, match="'blob' is not modality/region/pathology"):
        export_embeddings(library, tmp_path / "o.h5", manifest=tmp_path / "o.csv")
    assert export_embeddings(library, tmp_path / "o.h5").exported == 1


def test_several_labels_are_exported_and_said(tmp_path: Path, open_library: OpenLibrary) -> None:
    library = open_library()
    known = Metadata(dataset="d", labels=("CT/chest/nodule", "CT/chest/mass"))
    library.add([ImageInput("a.png", picture(1), known)])
    report = export_embeddings(library, tmp_path / "o.h5", manifest=tmp_path / "o.csv")
    assert report.several_labels == 1
    assert "several labels" in report.sentences()[-1]
    assert (tmp_path / "o.csv").read_text().splitlines()[1].endswith(",1,1")


def test_nothing_to_export_is_an_error(tmp_path: Path) -> None:
    with _imported(tmp_path) as library:
        for condition in (eq("split", "nowhere"), eq("dataset", "nih14")):
            with pytest.raises(UsageError, match="no image that was chosen"):
                export_embeddings(library, tmp_path / "o.h5", condition=condition)
        with pytest.raises(UsageError, match="no known kind"):
            export_embeddings(library, tmp_path / "o.npz")
        with pytest.raises(UsageError, match="cannot be written"):
            export_embeddings(library, tmp_path / "nowhere" / "o.h5")
        with pytest.raises(UsageError, match="cannot be one file"):
            export_embeddings(library, tmp_path / "o.h5", manifest=tmp_path / "o.h5")
    assert not list(tmp_path.glob("*o.*"))


def test_a_file_that_is_there_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    output = tmp_path / "o.h5"
    with _imported(tmp_path) as library:
        export_embeddings(library, output)
        before = output.read_bytes()
        with pytest.raises(UsageError):
            export_embeddings(library, output, condition=eq("split", "nowhere"))
        assert output.read_bytes() == before
        assert export_embeddings(library, output, condition=eq("split", "val")).exported == 4
    assert output.read_bytes() != before


@settings(max_examples=15)
@given(rows=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["train", "val", "test", ""]))))
def test_any_manifest_survives_the_round_trip(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, str]]
) -> None:
    folder = tmp_path_factory.mktemp("trip")
    chosen = table(max(len(rows), 1))
    for row, (_, split) in zip(chosen, rows, strict=False):
        row["split"] = split
    given_vectors: dict[str, Vectors] = {
        row["filepath"]: unit_vector(seed) for seed, row in enumerate(chosen)
    }
    files = write_vectors(folder / "a.h5", given_vectors), write_table(folder / "a.csv", chosen)
    bring_in(folder / "library", *files)
    with Library.open(settings=settings_of(folder / "library")) as library:
        export_embeddings(library, folder / "b.h5", manifest=folder / "b.csv")
    again = bring_in(folder / "library", folder / "b.h5", folder / "b.csv")
    assert (again.known, again.added, again.left_out) == (len(chosen), 0, 0)
