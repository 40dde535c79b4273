"""`python -m benchmarks`: that it can be asked what there is; what it measures is run by hand."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks.__main__ import NAMES

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_says_what_each_measures() -> None:
    told = run("--help")
    assert told.returncode == 0
    assert "Example: python -m benchmarks" in told.stdout
    for name in NAMES:
        described = told.stdout.partition(f"\n  {name} ")[2].partition("\n")[0]
        assert described.strip(), name


def test_a_name_that_is_none() -> None:
    told = run("serch")
    assert (told.returncode, told.stdout) == (2, "")
    assert "there is no benchmark serch: " in told.stderr
    assert "search" in told.stderr


@pytest.mark.parametrize("name", NAMES)
def test_each_is_there(name: str) -> None:
    found = find_spec(f"benchmarks.{name}")
    assert found is not None
    assert found.origin is not None
    assert "def run() -> " in Path(found.origin).read_text()
