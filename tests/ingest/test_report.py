from __future__ import annotations

from dataclasses import replace

from ingest.report import IngestReport

REPORT = IngestReport(
    discovered=12_345,
    added=12_000,
    known=40,
    skipped=5,
    rejected=300,
    left=0,
    images=13_000,
    encoded=12_990,
    parts=4,
    indexed=13_000,
    index_problem=None,
    device="cpu",
    precision="float16",
    seconds=61.25,
    interrupted=False,
    rejects={"Truncated": 200, "Empty": 100},
)


def test_the_sentences_hold_the_counts() -> None:
    files, images, rejects = REPORT.sentences()
    assert files == "12,345 files: 12,000 added, 40 known, 5 skipped (no images), 300 rejected."
    assert "13,000 images, 12,990 encoded (cpu, float16)" in images
    assert rejects == "Rejected: Truncated 200, Empty 100. `radalike rejects` lists them."


def test_nothing_is_said_of_rejects_where_there_are_none() -> None:
    assert len(replace(REPORT, rejected=0, rejects={}).sentences()) == 2


def test_an_interrupted_report_says_how_to_go_on() -> None:
    *_, last = replace(REPORT, interrupted=True, left=70).sentences()
    assert "70 listed files left" in last
    assert "run the same command again" in last


def test_json_has_every_field() -> None:
    assert IngestReport(**REPORT.as_json()) == REPORT
