"""Ingests and rejected files as rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from radalike.library.ingesting.ingest_runs import IngestRun
from search_ui.ingesting.run_rows import (
    REJECT_COLUMNS,
    RUN_COLUMNS,
    reject_rows,
    run_rows,
)

RUN = IngestRun(
    number=3,
    finished_at=datetime(2026, 11, 22, 14, 0, tzinfo=UTC),
    seconds=200.0,
    encoder="efficientnet-lite0",
    sources=("folder", "dicomweb"),
    dataset="ward",
    discovered=1010,
    added=1000,
    known=4,
    skipped=3,
    rejected=2,
    left=1,
    images=1500,
    images_per_second=7.5,
    interrupted=False,
    index_problem=None,
    rejects={"Empty": 2},
)


def cells(run: IngestRun) -> dict[str, str]:
    (row,) = run_rows([run])
    return dict(zip(RUN_COLUMNS, row, strict=True))


def test_a_run() -> None:
    assert cells(RUN) == {
        "Ingest": "3",
        "Ended (UTC)": "2026-11-22 14:00:00",
        "From": "folder, DICOMweb server",
        "Data set": "ward",
        "Files": "1,010",
        "= added": "1,000",
        "+ known": "4",
        "+ skipped": "3",
        "+ rejected": "2",
        "+ left": "1",
        "Images": "1,500",
        "Images/s": "7.5",
        "Took": "3 min 20 s",
        "Remarks": "",
    }


@given(st.tuples(*[st.integers(0, 10**7)] * 5), st.integers(0, 10**7))
def test_only_counts_that_do_not_add_up_are_remarked(
    ended: tuple[int, int, int, int, int], missing: int
) -> None:
    added, known, skipped, rejected, left = ended
    run = replace(
        RUN,
        discovered=sum(ended) + missing,
        added=added,
        known=known,
        skipped=skipped,
        rejected=rejected,
        left=left,
    )
    shown = [int(cells(run)[name].replace(",", "")) for name in RUN_COLUMNS[4:10]]
    assert shown == [run.discovered, *ended]
    assert bool(missing) == ("do not add up" in cells(run)["Remarks"])


def test_remarks() -> None:
    run = replace(RUN, interrupted=True, index_problem="no room is left")
    assert "interrupted" in cells(run)["Remarks"]
    assert "not brought up to date: no room is left" in cells(run)["Remarks"]


def test_a_run_without_images_has_no_rate() -> None:
    assert cells(replace(RUN, images=0, dataset=None))["Images/s"] == ""


def test_rejects_by_code() -> None:
    rows = reject_rows({"NotDicom": 1500, "Empty": 1}, {"Truncated": 2, "Empty": 1})
    assert all(len(row) == len(REJECT_COLUMNS) for row in rows)
    assert [row[:3] for row in rows] == [
        ("NotDicom", "1,500", "0"),
        ("Empty", "1", "1"),
        ("Truncated", "0", "2"),
    ]
    assert rows[1][3:] == ("There is nothing in the file.", "Copy or send it again, or remove it.")
    assert reject_rows({}, {}) == []
