from __future__ import annotations

from datetime import UTC, datetime

import pytest

from radalike.catalog.runs import Run, add_run, stored_run, stored_runs
from radalike.catalog.store import Catalog
from radalike.errors import RecordNotFound


def a_run(command: str, **found: float) -> Run:
    return Run(
        command=command,
        encoder="e",
        fingerprint="0" * 16,
        asked={"index": ["split=train"]},
        found=found,
        seconds=1.5,
        finished_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    )


def test_what_is_stored_comes_back(catalog: Catalog) -> None:
    number = add_run(catalog.engine, a_run("retrieval", micro=0.5))
    found = stored_run(catalog.engine, number)
    assert found.number == number
    assert found.found == {"micro": 0.5}
    assert found.asked == {"index": ["split=train"]}
    assert found.finished_at == datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def test_the_newest_come_first(catalog: Catalog) -> None:
    numbers = [add_run(catalog.engine, a_run(name)) for name in ("retrieval", "ann", "retrieval")]
    assert [run.number for run in stored_runs(catalog.engine)] == numbers[::-1]
    assert [run.number for run in stored_runs(catalog.engine, limit=1)] == numbers[2:]
    assert [run.number for run in stored_runs(catalog.engine, "ann")] == [numbers[1]]


def test_a_run_that_is_not_there(catalog: Catalog) -> None:
    assert stored_runs(catalog.engine) == []
    with pytest.raises(RecordNotFound, match="no evaluation 7"):
        stored_run(catalog.engine, 7)
