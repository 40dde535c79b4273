"""Every way in which rows and vectors can fail to go together has a name, and stops the import."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from ingest.embedding_files.problems import Problem
from radalike.library import Library
from tests.ingest.embedding_files.published import (
    Table,
    adds_up,
    bring_in,
    settings_of,
    table,
    vector,
    vectors_of,
    write_table,
    write_vectors,
)

Change = Callable[[Table, dict[str, Any]], None]
_NAME = "CT/chest/nodule/00003.png"


def _pop_vector(_rows: Table, vectors: dict[str, Any]) -> None:
    del vectors[_NAME]


def _pop_row(rows: Table, _vectors: dict[str, Any]) -> None:
    del rows[3]


def _put(value: Any) -> Change:
    def change(_rows: Table, vectors: dict[str, Any]) -> None:
        vectors[_NAME] = value

    return change


def _twice(rows: Table, _vectors: dict[str, Any]) -> None:
    rows.append({**rows[3], "split": "val"})


def _same_path_elsewhere(rows: Table, _vectors: dict[str, Any]) -> None:
    rows.append({**rows[3], "dataset": "nih14"})


def _spelt_otherwise(rows: Table, _vectors: dict[str, Any]) -> None:
    rows.append({**rows[3], "filepath": f"./{_NAME}"})


def _two_labels(rows: Table, _vectors: dict[str, Any]) -> None:
    rows[3]["CT/chest/normal"] = "1"


def _odd_split(rows: Table, _vectors: dict[str, Any]) -> None:
    rows[3]["split"] = "dev"


def _escaping_row(rows: Table, _vectors: dict[str, Any]) -> None:
    rows.append({**rows[3], "filepath": f"../{_NAME}"})


def _escaping_key(_rows: Table, vectors: dict[str, Any]) -> None:
    vectors["CT/../../secret.png"] = vector(1)


def _soft_link(_rows: Table, vectors: dict[str, Any]) -> None:
    vectors[_NAME] = h5py.SoftLink("/CT/chest/normal/00001.png")


def _external_link(_rows: Table, vectors: dict[str, Any]) -> None:
    vectors["other"] = h5py.ExternalLink("other.h5", "/secret")


# Problem, how it comes about, and rows and vectors apart that it leaves out.
CASES: list[tuple[Problem, Change, int, int]] = [
    (Problem.NO_VECTOR, _pop_vector, 1, 0),
    (Problem.NO_ROW, _pop_row, 0, 1),
    (Problem.WRONG_DIMENSION, _put(vector(3, 9)), 1, 0),
    (Problem.WRONG_DIMENSION, _put(vector(3)[None, :]), 1, 0),
    (Problem.WRONG_DIMENSION, _put(np.float32(1)), 1, 0),
    (Problem.WRONG_DIMENSION, _put(np.ones(70_000, np.float32)), 1, 0),
    (Problem.WRONG_TYPE, _put(vector(3).astype(np.float64)), 1, 0),
    (Problem.WRONG_TYPE, _put(vector(3).astype(np.float16)), 1, 0),
    (Problem.WRONG_TYPE, _put("a text"), 1, 0),
    (Problem.WRONG_TYPE, _put(np.dtype("f4")), 1, 0),
    (Problem.NOT_FINITE, _put(np.where(np.arange(8) == 2, np.nan, vector(3))), 1, 0),
    (Problem.NOT_FINITE, _put(np.where(np.arange(8) == 2, np.inf, vector(3))), 1, 0),
    (Problem.ZERO, _put(np.zeros(8, np.float32)), 1, 0),
    (Problem.NOT_UNIT, _put(vector(3) * np.float32(1.002)), 1, 0),
    (Problem.LISTED_TWICE, _twice, 2, 0),
    (Problem.LISTED_TWICE, _same_path_elsewhere, 2, 0),
    (Problem.LISTED_TWICE, _spelt_otherwise, 2, 0),
    (Problem.INVALID_LABELS, _two_labels, 1, 0),
    (Problem.INVALID_ATTRIBUTES, _odd_split, 1, 0),
    (Problem.PATH_ESCAPE, _escaping_row, 1, 0),
    (Problem.PATH_ESCAPE, _escaping_key, 0, 1),
    (Problem.LEADS_OUT, _soft_link, 1, 0),
    (Problem.LEADS_OUT, _external_link, 0, 1),
]


def _files(folder: Path, change: Change) -> tuple[Path, Path]:
    rows = table(12)
    vectors: dict[str, Any] = dict(vectors_of(rows))
    change(rows, vectors)
    path = folder / "a.h5"
    with h5py.File(path, "w") as file:
        for key, value in vectors.items():
            linked = isinstance(value, h5py.SoftLink | h5py.ExternalLink | np.dtype | str)
            if isinstance(value, np.ndarray) and value.dtype == np.float64 and not linked:
                value = value.astype(np.float32) if not np.isfinite(value).all() else value
            if linked:
                file[key] = value
            else:
                file.create_dataset(key, data=value)
    return path, write_table(folder / "a.csv", rows)


@pytest.mark.parametrize(("problem", "change", "rows_out", "apart"), CASES)
def test_a_problem_stops_the_import_before_anything_is_there(
    tmp_path: Path, problem: Problem, change: Change, rows_out: int, apart: int
) -> None:
    report = bring_in(tmp_path / "library", *_files(tmp_path, change))
    assert report.refused
    assert adds_up(report)
    assert report.problems == {problem: rows_out + apart}
    assert (report.left_out, report.vectors_apart) == (rows_out, apart)
    assert len(report.first[problem]) == rows_out + apart
    assert not (tmp_path / "library").exists()
    assert "Nothing was imported" in report.sentences()[-1]


@pytest.mark.parametrize(("problem", "change", "rows_out", "apart"), CASES)
def test_what_is_whole_is_imported_where_that_is_allowed(
    tmp_path: Path, problem: Problem, change: Change, rows_out: int, apart: int
) -> None:
    library = tmp_path / "library"
    files = _files(tmp_path, change)
    report = bring_in(library, *files, allow_missing=True)
    assert adds_up(report)
    assert (report.left_out, report.vectors_apart, report.left) == (rows_out, apart, 0)
    assert report.added == report.rows - rows_out
    with Path(str(report.listing)).open() as file:
        listed = list(csv.reader(file))[1:]
    assert [line[0] for line in listed] == [problem] * (rows_out + apart)
    with Library.open(settings=settings_of(library)) as opened:
        assert opened.status().images == report.added
    again = bring_in(library, *files, allow_missing=True)
    assert (again.added, again.known, again.parts) == (0, report.added, 0)
    assert again.problems == report.problems


def test_a_vector_of_the_manifests_other_rows_is_not_taken_for_a_missing_one(
    tmp_path: Path,
) -> None:
    """Two data sets share a name, and one file lacks it: its row must not get the other's."""
    mine, yours = table(4), table(4, dataset="nih14")
    one = write_vectors(tmp_path / "one.h5", {})
    two = write_vectors(tmp_path / "two.h5", vectors_of(yours))
    manifests = [write_table(tmp_path / "m.csv", mine), write_table(tmp_path / "y.csv", yours)]
    report = bring_in(tmp_path / "library", [one, two], manifests, allow_missing=True)
    assert report.refused
    assert report.problems == {Problem.LISTED_TWICE: 8}


def test_a_vector_in_two_files_is_nobodys(tmp_path: Path) -> None:
    rows = table(6)
    one = write_vectors(tmp_path / "one.h5", vectors_of(rows))
    two = write_vectors(tmp_path / "two.h5", vectors_of(rows[:1]))
    report = bring_in(tmp_path / "library", [one, two], write_table(tmp_path / "m.csv", rows))
    assert report.refused
    assert report.problems == {Problem.IN_SEVERAL_FILES: 1}


def test_another_vector_of_an_image_that_is_there_is_a_problem(tmp_path: Path) -> None:
    rows = table(6)
    manifest = write_table(tmp_path / "m.csv", rows)
    bring_in(tmp_path / "library", write_vectors(tmp_path / "a.h5", vectors_of(rows)), manifest)
    changed = vectors_of(rows) | {rows[2]["filepath"]: vector(99)}
    report = bring_in(tmp_path / "library", write_vectors(tmp_path / "b.h5", changed), manifest)
    assert report.refused
    assert report.problems == {Problem.OTHER_VECTOR: 1}
    assert report.first[Problem.OTHER_VECTOR] == [rows[2]["filepath"]]


def test_a_dataset_whose_values_are_in_another_file_is_not_followed(tmp_path: Path) -> None:
    rows = table(6)
    (tmp_path / "outside").write_bytes(vector(0).tobytes())
    path = write_vectors(tmp_path / "a.h5", dict(list(vectors_of(rows).items())[1:]))
    source = h5py.VirtualSource(str(tmp_path / "b.h5"), "x", shape=(8,), dtype="f4")
    layout = h5py.VirtualLayout(shape=(8,), dtype="f4")
    layout[:] = source
    with h5py.File(path, "a") as file:
        outside = [(str(tmp_path / "outside"), 0, 32)]
        file.create_dataset(rows[0]["filepath"], (8,), "f4", external=outside)
        file.create_virtual_dataset("virtual.png", layout)
    rows.append({**rows[0], "filepath": "virtual.png"})
    report = bring_in(tmp_path / "library", path, write_table(tmp_path / "m.csv", rows))
    assert report.problems == {Problem.LEADS_OUT: 2}


def test_a_length_that_is_a_little_off_is_mended_and_told(tmp_path: Path) -> None:
    rows = table(6)
    vectors = vectors_of(rows)
    off = rows[1]["filepath"]
    vectors[off] = vectors[off] * np.float32(1.0005)
    files = write_vectors(tmp_path / "a.h5", vectors), write_table(tmp_path / "m.csv", rows)
    assert bring_in(tmp_path / "library", *files).renormalised == 1
    assert bring_in(tmp_path / "library", *files).known == 6


def test_normalise_takes_any_length_but_zero(tmp_path: Path) -> None:
    rows = table(6)
    vectors = {name: each * np.float32(7) for name, each in vectors_of(rows).items()}
    files = write_vectors(tmp_path / "a.h5", vectors), write_table(tmp_path / "m.csv", rows)
    assert bring_in(tmp_path / "library", *files).problems == {Problem.NOT_UNIT: 6}
    report = bring_in(tmp_path / "library", *files, normalise=True)
    assert (report.added, report.renormalised, report.refused) == (6, 6, False)
    vectors[rows[0]["filepath"]] = np.zeros(8, np.float32)
    files = write_vectors(tmp_path / "b.h5", vectors), files[1]
    report = bring_in(tmp_path / "other", *files, normalise=True)
    assert report.problems == {Problem.ZERO: 1}


def test_all_problems_of_a_refused_import_can_be_listed(tmp_path: Path) -> None:
    rows = table(12)
    files = write_vectors(tmp_path / "a.h5", vectors_of(rows[:2])), tmp_path / "m.csv"
    write_table(files[1], rows)
    listing = tmp_path / "left-out.csv"
    report = bring_in(tmp_path / "library", *files, left_out=listing)
    assert report.problems == {Problem.NO_VECTOR: 10}
    assert len(report.first[Problem.NO_VECTOR]) == 3
    lines = listing.read_text().splitlines()
    assert lines[0] == "problem,dataset,filepath"
    assert lines[1] == f"NoVector,radimagenet,{rows[2]['filepath']}"
    assert len(lines) == 11
    assert json.dumps(report.as_json())


def test_names_are_shown_without_what_a_terminal_would_obey(tmp_path: Path) -> None:
    rows = table(6)
    path = write_vectors(tmp_path / "a.h5", vectors_of(rows))
    with h5py.File(path, "a") as file:
        file.create_dataset(b"\xff\x1b[2J\n.png", data=vector(1))
    report = bring_in(tmp_path / "library", path, write_table(tmp_path / "a.csv", rows))
    assert report.first == {Problem.NO_ROW: ["\\xff\\x1b[2J\\n.png"]}
