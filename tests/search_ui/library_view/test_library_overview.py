"""A library in numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from radalike.library.status import Status
from search_ui.library_view.overview import (
    ENCODER_COLUMNS,
    count_rows,
    disk_rows,
    encoder_rows,
    room_in_words,
    totals_in_words,
)
from search_ui.library_view.watch import Looked

ENCODER: dict[str, Any] = {
    "id": "efficientnet-lite0",
    "fingerprint": "f",
    "tiles": "",
    "rendering": "stored-window",
    "vectors": 1420,
    "covered": 1420,
    "images": 1420,
    "indexed": 1400,
    "precision": ("float16", "float32"),
    "weights_here": True,
    "default": True,
    "share": 1.0,
}
STATUS = Status(
    images=1420,
    by_modality={"XR": 20, "CT": 1400},
    by_anatomy={},
    by_dataset={},
    encoders=[ENCODER],
    parts=2,
    indexed=1400,
    pending=20,
    duplicates=11,
    rejected=1,
    bytes={"catalog": 1_500_000, "embeddings": 7_000_000, "index": 12_000_000, "thumbnails": 0},
)
AT = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def test_totals() -> None:
    assert totals_in_words(STATUS) == "1,420 images, 11 of them duplicates; 1 file rejected."
    assert totals_in_words(replace(STATUS, images=1, duplicates=0, rejected=0)) == (
        "1 image; 0 files rejected."
    )


def test_counts_as_they_are_read_the_most_frequent_first() -> None:
    assert count_rows("modality", STATUS.by_modality) == [
        ("CT", "1,400", "99 %"),
        ("X-ray", "20", "1.4 %"),
    ]


@given(st.dictionaries(st.text(min_size=1), st.integers(1, 10**6), max_size=60))
def test_no_image_is_left_out_of_the_counts(counts: dict[str, int]) -> None:
    rows = count_rows("dataset", counts)
    assert len(rows) <= 21
    assert sum(int(count.replace(",", "")) for _, count, _ in rows) == sum(counts.values())


def test_encoders() -> None:
    tiles = {**ENCODER, "default": False, "tiles": "3x3", "rendering": "lung"}
    tiles |= {"covered": 1419, "share": 1419 / 1420, "weights_here": False}
    first, second = (
        dict(zip(ENCODER_COLUMNS, row, strict=True))
        for row in encoder_rows(replace(STATUS, encoders=[ENCODER, tiles]))
    )
    assert first["Encoder"] == "efficientnet-lite0 (default)"
    assert (first["Share"], first["In the index"]) == ("100 %", "1,400")
    assert first["Precision"] == "float16, float32"
    assert second["Encoder"] == "efficientnet-lite0, tiles 3x3, rendering lung"
    assert second["Share"] == "99.9 %"
    assert second["Weights"].startswith("not here")


def test_disk() -> None:
    rows = disk_rows(Looked(STATUS, 10**10, AT))
    assert [row[:2] for row in rows] == [
        ("Catalog", "1.5 MB"),
        ("Embeddings", "7.0 MB"),
        ("Index", "12.0 MB"),
        ("Thumbnails", "0 B"),
        ("All of it", "20.5 MB"),
        ("Free", "10.0 GB"),
    ]
    assert len(disk_rows(Looked(STATUS, None, AT))) == 5


def test_a_warning_when_room_gets_short() -> None:
    enough = 10**9 + 12_000_000
    assert room_in_words(Looked(STATUS, enough, AT)) == ""
    assert room_in_words(Looked(STATUS, None, AT)) == ""
    assert room_in_words(Looked(STATUS, enough - 1, AT)).startswith("1.0 GB are free.")
