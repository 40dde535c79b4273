"""kill -9 in the middle of an evaluation: the same command goes on, to the same figures."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from radalike.cli.main import app
from radalike.encoders.base import Encoder
from tests.conftest import opened
from tests.eval.commands.asking import PLAIN
from tests.ingest.command_line import radalike, start, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

LATENCIES = {"p50", "p95", "p99"}
OF_THE_RUN = {"resumed", "taken_over", "run", "bytes", "seconds", "seconds_by_section"}


@pytest.fixture
def folder(small_library: Path, encoder: Encoder, tmp_path: Path) -> Path:
    """60 images with two encoders."""
    path = Path(copytree(small_library, tmp_path / "library"))
    with opened(path, encoder) as library:
        library.adapt("whitened", method="whiten", labels="modality")
    return path


def killed(folder: Path, kind: str, steps: int, *arguments: str | Path) -> list[str]:
    """Start `radalike eval ARGUMENTS` and kill it once it has kept so many steps; which."""
    process = start("eval", *arguments, "--library", folder, "--json")
    wait_for(lambda: len(kept(folder, kind)) >= steps, process, 240)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return kept(folder, kind)


def kept(folder: Path, kind: str) -> list[str]:
    return [
        step
        for path in (folder / "evaluation").glob(f"{kind}-*.json")
        for step in json.loads(path.read_text())["steps"]
    ]


def figures(found: Any, without: set[str]) -> Any:
    match found:
        case dict():
            return {k: figures(v, without) for k, v in found.items() if k not in without}
        case list():
            return [figures(each, without) for each in found]
        case _:
            return found


def left(folder: Path) -> Iterator[str]:
    for path in (folder / "evaluation").iterdir():
        yield path.name


def unbroken(folder: Path, *arguments: str | Path) -> Any:
    given = ["eval", *map(str, arguments), "--library", str(folder), "--json"]
    result = PLAIN.invoke(app, given)
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_ann_goes_on_with_the_next_measurement(folder: Path) -> None:
    command = ("ann", "--sample", "40", "--draws", "50")
    done = killed(folder, "ann", 5, *command)
    ended = radalike("eval", *command, "--library", folder, "--json")
    assert ended.code == 0, ended.err
    again = ended.json
    assert 5 <= len(done) == again["resumed"] < len(again["settings"]) * len(again["filters"])
    assert list(left(folder)) == []
    whole = unbroken(folder, *command)
    assert whole["resumed"] == 0
    without = LATENCIES | OF_THE_RUN
    assert figures(again, without) == figures(whole, without)


def test_a_report_goes_on_with_the_next_section(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    command = ("report", "--draws", "50", "-o", page)
    done = killed(folder, "report", 4, *command)
    assert not page.exists()
    ended = radalike("eval", *command, "--library", folder, "--json")
    assert ended.code == 0, ended.err
    again = ended.json
    assert again["taken_over"] == done
    assert again["resumed"] >= len(done) >= 4
    assert page.stat().st_size == again["bytes"]
    assert list(left(folder)) == []
    whole = unbroken(folder, *command)
    assert whole["taken_over"] == []
    without = LATENCIES | OF_THE_RUN
    assert figures(again, without) == figures(whole, without)
