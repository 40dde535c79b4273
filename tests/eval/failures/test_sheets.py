from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eval.failures import Confusion, Example, FailingClass, FailuresReport, Found
from eval.failures.sheets import MOST_ON_ONE, sheet_of, write_sheets
from radalike.library import Library
from radalike.records import ImageRecord


def failing(name: str, *records: ImageRecord) -> FailingClass:
    query, *results = records
    return FailingClass(
        name=name,
        n_queries=3,
        n_index=2,
        precision=0.1,
        confusions=(Confusion("other", 0.5),),
        similarity_of_hits=float("nan"),
        similarity_of_misses=0.9,
        examples=(Example(query.id, tuple(Found(r.id, "other", 0.9, False) for r in results)),),
    )


def report(*classes: FailingClass) -> FailuresReport:
    return FailuresReport(
        encoder="e",
        relevance="label",
        exclude=(),
        below=0.3,
        n_queries=9,
        n_index=9,
        n_classes=9,
        failing=classes,
        unanswerable={},
        left_out={},
        without_vector={},
    )


@pytest.fixture
def records(library: Library) -> list[ImageRecord]:
    return list(library.records())[:4]


def test_a_sheet_of_each_class_in_a_folder(
    library: Library, records: list[ImageRecord], tmp_path: Path
) -> None:
    found = report(failing("CT/chest/mass & more", *records), failing("!", *records))
    written = write_sheets(library, found, tmp_path / "sheets")
    names = [path.name for path in written]
    assert names == ["01-ct-chest-mass-more.png", "02-class.png"]
    for path in written:
        assert Image.open(io.BytesIO(path.read_bytes())).width > 4 * 150


def test_one_sheet_of_the_worst_classes(
    library: Library, records: list[ImageRecord], tmp_path: Path
) -> None:
    many = report(*(failing(f"c{n}", *records) for n in range(MOST_ON_ONE + 3)))
    path = tmp_path / "one.png"
    assert write_sheets(library, many, path) == [path]
    assert path.read_bytes() == sheet_of(library, many, many.failing[:MOST_ON_ONE])


def test_no_failing_class_no_file(library: Library, tmp_path: Path) -> None:
    assert write_sheets(library, report(), tmp_path / "none.png") == []
    assert not list(tmp_path.iterdir())


def test_a_withheld_picture_is_a_neutral_tile(
    library: Library, records: list[ImageRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    def pixels() -> np.ndarray:
        found = report(failing("c", *records))
        return np.asarray(Image.open(io.BytesIO(sheet_of(library, found, found.failing))))

    shown = pixels()
    get = Library.get

    def withheld(self: Library, image: str) -> ImageRecord:
        record = get(self, image)
        return replace(record, thumbnail=False) if image == records[1].id else record

    monkeypatch.setattr(Library, "get", withheld)
    assert shown.shape == pixels().shape
    differs = (shown != pixels()).any(axis=(0, 2))
    tile = 20 + 150 + 12
    assert differs[tile : tile + 150].any()
    assert not differs[:tile].any()
    assert not differs[tile + 150 :].any()
