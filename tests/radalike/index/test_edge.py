"""The embedded engine: one process at a time, what survives a kill, and what cannot be opened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from radalike.errors import IndexBusy, IndexUnavailable
from radalike.filters import eq
from radalike.index.backend import IndexSpec, Points, Storage, Tuning
from radalike.index.edge import EdgeIndex
from radalike.vectors import normalised
from tests.contracts.index_contract import IDS, POINTS, QUERY, SPEC, point_id


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A closed index of the contract's points."""
    path = tmp_path / "gen-000001"
    index = EdgeIndex.create(path, SPEC)
    index.upsert(POINTS)
    index.flush()
    index.close()
    return path


def test_it_opens_again_with_all_it_had(folder: Path) -> None:
    index = EdgeIndex.open(folder, SPEC)
    assert index.count() == len(IDS)
    assert index.query(QUERY, 1, eq("modality", "CT"))[0].id == IDS[0]
    index.close()


def test_a_new_one_is_open_to_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "gen-000001"
    index = EdgeIndex.create(path, SPEC)
    with pytest.raises(IndexBusy):
        EdgeIndex.open(path, SPEC)
    index.close()
    EdgeIndex.open(path, SPEC).close()


def test_few_bits_are_searched_and_rescored(tmp_path: Path) -> None:
    """One bit a component finds other images; comparing many more of them mends that."""
    values = np.random.default_rng(0).normal(size=(400, 64)).astype(np.float32)
    vectors = normalised(values)
    spec = IndexSpec(64, "b" * 16, Storage.BINARY)
    index = EdgeIndex.create(tmp_path / "gen-000001", spec)
    index.upsert(Points([point_id(row) for row in range(400)], vectors, [{}] * 400))
    exact = np.argsort(-(vectors[:50] @ vectors.T), axis=1)[:, :10]

    def recall(tuning: Tuning) -> float:
        found = index.tuned(tuning).query_batch(vectors[:50], 10)
        pairs = zip(found, exact.tolist(), strict=True)
        return sum(
            len({hit.id for hit in hits} & {point_id(row) for row in rows}) for hits, rows in pairs
        ) / (10 * len(found))

    assert recall(Tuning(rescore=False)) < 0.8
    assert recall(Tuning(oversampling=30.0, rescore=True)) > 0.98
    index.close()


def test_there_is_none_yet(tmp_path: Path) -> None:
    with pytest.raises(IndexUnavailable, match="no embedded index yet") as caught:
        EdgeIndex.open(tmp_path / "gen-000001", SPEC)
    assert "radalike index build" in caught.value.hint


def test_a_folder_that_is_no_index_leaves_no_lock(tmp_path: Path) -> None:
    folder = tmp_path / "gen-000001"
    folder.mkdir()
    for _ in range(2):
        with pytest.raises(IndexUnavailable, match="cannot be opened") as caught:
            EdgeIndex.open(folder, SPEC)
        assert caught.value.__cause__ is not None


HOLD = """
import sys
from pathlib import Path
from radalike.index.edge import EdgeIndex
from tests.contracts.index_contract import POINTS, SPEC
index = EdgeIndex.open(Path(sys.argv[1]), SPEC)
index.delete(POINTS.ids[:3])
index.upsert(POINTS)
index.delete(POINTS.ids[:1])
print("open", flush=True)
sys.stdin.read()
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    """A process that has written to the index and keeps it open."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def test_another_process_that_has_it_open_is_named_and_its_writes_survive_its_kill(
    folder: Path,
) -> None:
    with holder(folder) as process:
        with pytest.raises(IndexBusy, match=f"process {process.pid} on") as caught:
            EdgeIndex.open(folder, SPEC)
        assert f"process {process.pid} on" in str(caught.value.data["holder"])
        assert "--exact" in caught.value.hint
        process.send_signal(signal.SIGKILL)
        process.wait()
        index = EdgeIndex.open(folder, SPEC)
        assert index.count() == len(IDS) - 1
        assert list(index.retrieve(IDS[:2]).ids) == [IDS[1]]
        index.close()


def test_what_a_killed_optimisation_left_is_swept(folder: Path) -> None:
    leftover = folder / "segments" / "temp_segments"
    leftover.mkdir(parents=True)
    (leftover / "half").write_bytes(b"half")
    index = EdgeIndex.open(folder, SPEC)
    assert not leftover.exists()
    assert index.count() == len(IDS)
    index.close()


def test_two_generations_can_be_open_at_once(folder: Path) -> None:
    index = EdgeIndex.open(folder, SPEC)
    other = EdgeIndex.create(folder.parent / "gen-000002", SPEC)
    assert (index.count(), other.count()) == (len(IDS), 0)
    other.close()
    index.close()
