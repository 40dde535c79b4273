"""The bad inputs of the field notes, planted among good ones: each ends as it should, and none of
them costs another file, the ingest, or more than a decoding process may have."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import MRImageStorage, UltrasoundImageStorage

from radalike.errors import RejectCode
from radalike.imaging.thumbnails import content_hash
from radalike.library import Library
from radalike.settings import load_settings
from tests.ingest.files import picture, write_dicom, write_png
from tests.ingest.hostile import identifiers
from tests.ingest.hostile.cases import ADDED, CASES, Case, Expected
from tests.ingest.hostile.measured_ingest import Measured, measured_ingest
from tests.ingest.hostile.outcomes import Outcome, Outcomes
from tests.ingest.hostile.reasons import is_our_own
from tests.ingest.runs import assert_sound, records_of
from tests.ingest.small_encoder import CELLS

GOOD = 8
AT_ONCE = 10.0
"""Seconds that a hostile file may take on a busy machine; the limit of the ingest itself is 30."""
CHILD_MIB = 1024
"""Half of a decoding process's limit: a file is refused before it comes near that."""


@dataclass(frozen=True)
class Run:
    """An ingest of good files alone, then of good ones and all hostile ones."""

    source: Path
    outcomes: Outcomes
    library: Library
    before: Measured
    after: Measured
    seconds: float
    strangers: list[Path]


def _good(folder: Path) -> list[Path]:
    cines = np.stack([picture(seed, 48) for seed in range(3)])
    mr = {"SOPClassUID": MRImageStorage, "Modality": "MR"}
    us = {"SOPClassUID": UltrasoundImageStorage, "Modality": "US"}
    return [
        write_dicom(folder / "CT1", 1),
        write_dicom(folder / "CT2.dcm", 2),
        write_dicom(folder / "MR1", 3, **mr),
        write_dicom(folder / "MR2", 4, **mr),
        write_dicom(folder / "US1", 5, **us),
        write_dicom(folder / "US2", cines),
        write_png(folder / "picture.png", 6),
        write_dicom(folder / "zz-last", 7),
    ]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    root = tmp_path_factory.mktemp("bad-inputs")
    earlier, source = root / "earlier", root / "source"
    _good(earlier)
    (earlier / "clash").write_bytes(identifiers.clash(1))
    _good(source / "00-good")
    for case in CASES:
        path = case.path(source)
        path.parent.mkdir(parents=True)
        case.plant(path)
    known = _everything(root)
    started = time.monotonic()
    before, after = measured_ingest(
        root / "library", [earlier, source], within=240, workers=2, decode_seconds=AT_ONCE
    )
    seconds = time.monotonic() - started
    strangers = [
        path
        for path in _everything(root) - known
        if path != root / "library" and not path.is_relative_to(root / "library")
    ]
    settings = load_settings(library=root / "library", backend="exact", precision="float32")
    with Library.open(root / "library", spec=CELLS, settings=settings) as library:
        yield Run(source, Outcomes(library), library, before, after, seconds, strangers)


def _everything(folder: Path) -> set[Path]:
    return {Path(at, name) for at, folders, files in os.walk(folder) for name in folders + files}


_NAMED = {f"{case.number}: {case.name}": case for case in CASES}


@pytest.mark.parametrize("name", _NAMED)
def test_a_bad_input_ends_as_it_should(run: Run, name: str) -> None:
    case = _NAMED[name]
    path = case.path(run.source)
    if case.expected is not None:
        _assert_ended(run.outcomes.of(path), case.expected)
    for member, expected in case.members.items():
        _assert_ended(run.outcomes.of(path, member), expected)


def _assert_ended(outcome: Outcome, expected: Expected) -> None:
    why = outcome.reject.reason if outcome.reject else ""
    assert outcome.what in expected.outcomes, why
    assert "too long" not in why, "it was stopped by the clock"
    if expected.warning is not None:
        assert expected.warning in outcome.records[0].warnings
    if expected.shown:
        assert outcome.records[0].content in {content_hash(pixels) for pixels in expected.shown}


def test_every_good_file_is_there(run: Run) -> None:
    good = run.source / "00-good"
    ended = {path.name: run.outcomes.of(path).what for path in good.iterdir()}
    assert ended == dict.fromkeys(ended, ADDED)
    assert len(ended) == GOOD
    assert len(run.outcomes.of(good / "US2").records) == 3


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_counts_add_up(run: Run, when: str) -> None:
    measured: Measured = getattr(run, when)
    assert measured.adds_up, measured.report


def test_every_planted_file_is_accounted_for(run: Run) -> None:
    files = sum(case.expected is not None for case in CASES)
    members = sum(len(case.members) for case in CASES)
    assert run.after.report["discovered"] == GOOD + files + members


def test_the_library_is_sound(run: Run) -> None:
    assert_sound(run.library)


def test_no_decoding_process_comes_near_its_limit(run: Run) -> None:
    assert run.after.children_mib < CHILD_MIB


def test_the_ingest_itself_stays_small(run: Run) -> None:
    assert run.after.own_mib - run.before.own_mib < 64


def test_no_file_costs_a_decoding_process(run: Run) -> None:
    """What kills one is a WorkerCrash, which none may be, and has another one started."""
    assert RejectCode.WORKER_CRASH not in run.after.report["rejects"]
    assert run.after.children == 2 * run.before.children


def test_it_does_not_take_long(run: Run) -> None:
    assert run.seconds < 90


def test_nothing_is_written_outside_of_the_library(run: Run) -> None:
    assert run.strangers == []
    assert not Path("/tmp/evil.dcm").exists()


def test_nothing_beside_the_source_is_taken(run: Run) -> None:
    """What a DICOMDIR or a link names there."""
    beside = str(run.source.parent / "outside")
    places = [*run.outcomes.records, *run.outcomes.rejects]
    assert not [place for place in places if beside in place]


def test_the_first_of_two_with_one_identity_is_kept(run: Run) -> None:
    earlier = run.source.parent / "earlier" / "clash"
    assert run.outcomes.of(earlier).what == ADDED


def test_who_has_no_number_is_grouped_with_nobody(run: Run) -> None:
    first, second, nobody = (
        run.outcomes.of(_case(f"24: nobody {where}").path(run.source)).records[0].metadata
        for where in ("in 1.2.3.1", "in 1.2.3.2", "at all")
    )
    assert first.patient is not None
    assert second.patient is not None
    assert first.patient != second.patient
    assert nobody.patient is None


@pytest.mark.parametrize(
    "planted", [b"<script", b"\x1b[31m", b"../../x", b"etc/passwd", b"ONERROR"], ids=repr
)
def test_what_is_meant_for_other_programs_is_stored_nowhere(run: Run, planted: bytes) -> None:
    root = run.library.layout.root
    for path in _everything(root):
        if path.is_file():
            assert planted not in path.read_bytes(), path.relative_to(root)


def test_a_reason_never_repeats_a_file(run: Run) -> None:
    reasons = {each.reason for each in run.outcomes.rejects.values()}
    assert [reason for reason in sorted(reasons) if not is_our_own(reason)] == []


def test_no_vector_is_broken(run: Run) -> None:
    for chunk in run.library.embeddings():
        assert np.isfinite(chunk.vectors).all()
    assert len(records_of(run.library)) >= GOOD


def _case(name: str) -> Case:
    return _NAMED[name]
